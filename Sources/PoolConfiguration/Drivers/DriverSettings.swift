package import VolumeAPI
internal import VolumeDriver

/// What a pool's section, or a command line, says to its driver.
package struct DriverSettings: Sendable {
    /// What is wrong with the value of a key, and where that is written.
    package typealias Complaint = @Sendable (_ key: String, _ problem: String) -> VolumeError

    /// The pool's name.
    let pool: String
    /// The directory of the service's own state.
    let stateDirectory: String
    /// The values of the driver's options that are set; those of a section under `section.name`, those of a list under
    /// `list.0` and so on.
    let values: [String: String]
    private let complaint: Complaint

    /// - Parameter complaint: makes an error of a value that is wrong.
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

    /// The value of `key` as it is written; `nil` if it isn't set.
    subscript(key: String) -> String? { values[key] }

    /// The values of the section `name`.
    func section(_ name: String) -> [String: String] {
        let inside = values.filter { $0.key.hasPrefix(name + ".") }
        return Dictionary(uniqueKeysWithValues: inside.map { (String($0.key.dropFirst(name.count + 1)), $0.value) })
    }

    /// The values of the list `name`, in their order; empty if it isn't set.
    func list(_ name: String) -> [String] {
        section(name).compactMap { key, value in Int(key).map { ($0, value) } }.sorted { $0.0 < $1.0 }.map(\.1)
    }

    /// The value of `key` as `parse` takes it; `nil` if it isn't set.
    ///
    /// - Parameter kind: what it has to be, for the error: `a whole number`.
    func value<Value>(_ key: String, as kind: String, _ parse: (String) -> Value?) throws(VolumeError) -> Value? {
        guard let text = values[key] else { return nil }
        guard let value = parse(text) else { throw error(key, "'\(text)' is not \(kind)") }
        return value
    }

    /// An absolute path without a slash at its end.
    func path(_ key: String) throws(VolumeError) -> String? {
        try value(key, as: ConfiguredPath.kind, ConfiguredPath.parse)
    }

    /// Where the sockets of exports are.
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

    /// What is wrong with the value of `key`.
    func error(_ key: String, _ problem: String) -> VolumeError { complaint(key, problem) }
}

/// Paths as configurations have them.
enum ConfiguredPath {
    static let kind = "an absolute path without '.', '..' and control characters"

    /// Without a slash at its end; `nil` when it isn't what it should be.
    static func parse(_ text: String) -> String? {
        let isPlain = text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
        let parts = text.split(separator: "/")
        guard text.hasPrefix("/"), isPlain, !parts.contains("."), !parts.contains("..") else { return nil }
        return "/" + parts.joined(separator: "/")
    }
}
