package import VolumeAPI
internal import VolumeDriver

/// The settings of a driver, from a pool's section or a command line.
package struct DriverSettings: Sendable {
    /// Makes an error from a key and what is wrong with its value.
    package typealias Complaint = @Sendable (_ key: String, _ problem: String) -> VolumeError

    /// The pool's name.
    let pool: String
    /// The directory of the service's state.
    let stateDirectory: String
    /// The options that are set. A section's values have keys of the form `section.name`, a list's `list.0` and so on.
    let values: [String: String]
    private let complaint: Complaint

    /// - Parameter complaint: makes an error from a key and what is wrong with its value.
    package init(
        pool: String,
        stateDirectory: String,
        values: [String: String],
        complaint: @escaping Complaint
    ) {
        self.pool = pool
        self.stateDirectory = stateDirectory
        self.values = values
        self.complaint = complaint
    }

    /// The value of `key` as it is written; `nil` if it is not set.
    subscript(key: String) -> String? { values[key] }

    /// The values of the section `name`.
    func section(_ name: String) -> [String: String] {
        let inside = values.filter { $0.key.hasPrefix(name + ".") }
        return Dictionary(uniqueKeysWithValues: inside.map { (String($0.key.dropFirst(name.count + 1)), $0.value) })
    }

    /// The values of the list `name` in order; empty if it is not set.
    func list(_ name: String) -> [String] {
        section(name).compactMap { key, value in Int(key).map { ($0, value) } }.sorted { $0.0 < $1.0 }.map(\.1)
    }

    /// The value of `key` as `parse` returns it; `nil` if it is not set.
    ///
    /// - Parameter kind: what the value has to be, for the error: `a whole number`.
    func value<Value>(_ key: String, as kind: String, _ parse: (String) -> Value?) throws(VolumeError) -> Value? {
        guard let text = values[key] else { return nil }
        guard let value = parse(text) else { throw error(key, "'\(text)' is not \(kind)") }
        return value
    }

    /// An absolute path without a trailing slash.
    func path(_ key: String) throws(VolumeError) -> String? {
        try value(key, as: ConfiguredPath.kind, ConfiguredPath.parse)
    }

    /// The directory of the sockets of exports.
    func exportDirectory() throws(VolumeError) -> String { try path("export-directory") ?? builtInExportDirectory }

    var builtInExportDirectory: String { "\(stateDirectory)/exports" }

    /// One of the cases of `Value`.
    func oneOf<Value: RawRepresentable<String> & CaseIterable>(
        _ type: Value.Type,
        _ key: String
    ) throws(VolumeError) -> Value? {
        try value(key, as: type.allCases.map(\.rawValue).joined(separator: " or "), Value.init)
    }

    /// A size: `10G`, `512M`.
    func size(_ key: String) throws(VolumeError) -> ByteCount? {
        try value(key, as: "a size such as 10G or 512M") { text in
            guard case .exactly(let size) = try? SizeExpression(parsing: text) else { return nil }
            return size
        }
    }

    /// Makes an error from a key and what is wrong with its value.
    func error(_ key: String, _ problem: String) -> VolumeError { complaint(key, problem) }
}

/// The form of paths in configurations.
enum ConfiguredPath {
    static let kind = "an absolute path without '.', '..' and control characters"

    /// The path without a trailing slash; `nil` if it is invalid.
    static func parse(_ text: String) -> String? {
        let isPlain = text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
        let parts = text.split(separator: "/")
        guard text.hasPrefix("/"), isPlain, !parts.contains("."), !parts.contains("..") else { return nil }
        return "/" + parts.joined(separator: "/")
    }
}
