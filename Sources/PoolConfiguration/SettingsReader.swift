internal import Configuration
internal import VolumeAPI
internal import VolumeDriver
internal import Volumes

/// Reads values, and refuses those of the wrong kind.
struct SettingsReader: Sendable {
    private let reader: ConfigReader
    private let environment: [String: String]
    private let files: [ConfigurationFile]

    /// Combines the environment with files, in order of precedence.
    init(_ environment: [String: String], _ files: [ConfigurationFile]) {
        let variables = EnvironmentVariablesProvider(environmentVariables: environment).prefixKeys(with: "volumectl")
        reader = ConfigReader(providers: [variables] + files.map(\.provider))
        self.environment = environment
        self.files = files
    }

    func string(_ key: String...) async throws -> String? { try await string(key) }

    func strings(_ key: String...) async throws -> [String]? {
        do {
            return try await reader.fetchStringArray(forKey: ConfigKey(key))
        } catch {
            throw self.error(key, "it is not a list")
        }
    }

    func int(_ key: String...) async throws -> Int? {
        try await parsed(key, as: "a whole number", Int.init)
    }

    func double(_ key: String...) async throws -> Double? {
        try await parsed(key, as: "a number") { Double($0).flatMap { $0.isFinite ? $0 : nil } }
    }

    /// How many times a pool's capacity may be provisioned; `nil` for `auto`.
    func ratio(_ key: String...) async throws -> Double? {
        guard let text = try await string(key) else { return Pool.defaultOverSubscriptionRatio }
        if text == "auto" { return nil }
        guard let ratio = Double(text), ratio.isFinite else {
            throw error(key, "'\(text)' is neither a number nor auto")
        }
        guard ratio >= 1 else { throw error(key, "\(ratio) is less than 1") }
        return ratio
    }

    /// One of the cases of `Value`.
    func oneOf<Value: RawRepresentable<String> & CaseIterable>(_ type: Value.Type, _ key: String...) async throws
        -> Value?
    {
        let words = type.allCases.map(\.rawValue).joined(separator: " or ")
        return try await parsed(key, as: words, Value.init)
    }

    /// A limit; -1 and `unlimited` mean no limit (`cinder: quota_volumes`).
    ///
    /// - Parameters:
    ///   - least: the smallest valid limit.
    ///   - default: the limit if none is set; `nil` for unlimited.
    func limit(_ key: String..., from least: Int = 0, default: Int? = nil) async throws -> Int? {
        let kind =
            least == 0 ? "a whole number, or -1 for no limit" : "a whole number from \(least), or -1 for no limit"
        let limit = try await parsed(key, as: kind) { text in
            text == "unlimited" ? -1 : Int(text).flatMap { $0 == -1 || $0 >= least ? $0 : nil }
        }
        return limit == -1 ? nil : limit ?? `default`
    }

    /// A limit in GiB; -1 and `unlimited` mean no limit (`cinder: quota_gigabytes`). `10` and `10G` are equal.
    func gigabytes(_ key: String...) async throws -> Int64? {
        let kind = "whole GiB, such as 10, 10G or 1.5T, or -1 for no limit"
        let limit = try await parsed(key, as: kind) { text -> Int64? in
            ["-1", "unlimited"].contains(text) ? -1 : wholeGibibytes(text)
        }
        return limit == -1 ? nil : limit
    }

    /// An absolute path without a trailing slash.
    func path(_ key: String...) async throws -> String? {
        try await parsed(key, as: ConfiguredPath.kind, ConfiguredPath.parse)
    }

    /// The keys that the files set in the section `key`.
    func names(under key: [String]) -> [[String]] {
        let names = files.flatMap(\.values.keys).filter { $0.starts(with: key) }.map { Array($0.dropFirst(key.count)) }
        return Set(names).sorted { $0.joined() < $1.joined() }
    }

    /// Makes an error from a key and what is wrong with its value.
    func error(_ key: [String], _ problem: String) -> VolumeError {
        .configuration(key, problem, from: place(of: key))
    }

    /// The variable, or the line of a file, that sets `key`; `nil` if none does.
    func place(of key: [String]) -> String? {
        let variable = EnvironmentName.of(key)
        guard environment[variable] == nil else { return variable }
        // A file may have the key without a value, which leaves it to the next file.
        let file = files.first { $0.values[key] != nil } ?? files.first { $0.lines[key] != nil }
        return file?.place(of: key)
    }

    /// The origin of the value of `key`.
    func origin(of key: [String]) -> ConfiguredValue.Origin {
        let variable = EnvironmentName.of(key)
        if environment[variable] != nil { return .variable(variable) }
        guard let file = files.first(where: { $0.values[key] != nil }) else { return .builtIn }
        return .file(file.path, line: file.lines[key] ?? 1)
    }

    /// Whether a file or a variable sets `key` or a key in it.
    func isSet(_ key: [String]) -> Bool {
        place(of: key) != nil || files.contains { $0.values.keys.contains { $0.starts(with: key) } }
    }

    /// Whether a file has a section for `pool`, even an empty one, or a variable sets a key of it.
    func isDescribed(_ pool: String) -> Bool {
        describedPools.contains(pool) || UnreadVariables.variables(of: pool).contains { environment[$0] != nil }
    }

    /// The pools that a file describes, enabled or not.
    var describedPools: Set<String> { Set(files.flatMap(\.pools)) }

    func string(_ key: [String]) async throws -> String? {
        do {
            return try await reader.fetchString(forKey: ConfigKey(key))
        } catch {
            throw self.error(key, "it is not a single value")
        }
    }

    private func parsed<Value>(_ key: [String], as kind: String, _ parse: (String) -> Value?) async throws -> Value? {
        guard let text = try await string(key) else { return nil }
        guard let value = parse(text) else { throw error(key, "'\(text)' is not \(kind)") }
        return value
    }
}

/// Parses a size in whole GiB, such as `10`, `10G` or `0.5T`; `nil` for other texts.
package func wholeGibibytes(_ text: String) -> Int64? {
    if let number = Int64(text) { return number >= 0 ? number : nil }
    guard case .exactly(let size) = try? SizeExpression(parsing: text) else { return nil }
    let (gigabytes, rest) = size.bytes.quotientAndRemainder(dividingBy: ByteCount.bytesPerGibibyte)
    return rest == 0 ? gigabytes : nil
}
