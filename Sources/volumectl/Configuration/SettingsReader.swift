internal import Configuration
internal import Volumes

/// Reads values, and refuses those of the wrong kind instead of passing them over.
struct SettingsReader: Sendable {
    private let reader: ConfigReader
    private let environment: [String: String]
    private let files: [ConfigurationFile]

    /// Environment over files, strongest first.
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

    /// One of the cases of `Value`.
    func oneOf<Value: RawRepresentable<String> & CaseIterable>(_ type: Value.Type, _ key: String...) async throws
        -> Value?
    {
        let words = type.allCases.map(\.rawValue).joined(separator: " or ")
        return try await parsed(key, as: words, Value.init)
    }

    /// A limit, of which -1 is none (`cinder: quota_volumes`).
    func limit(_ key: String...) async throws -> Int? {
        let limit = try await parsed(key, as: "a whole number, or -1 for no limit") { text in
            Int(text).flatMap { $0 >= -1 ? $0 : nil }
        }
        return limit == -1 ? nil : limit
    }

    /// An absolute path without a slash at its end.
    func path(_ key: String...) async throws -> String? {
        try await parsed(key, as: ConfiguredPath.kind, ConfiguredPath.parse)
    }

    /// The names that the files have in the section `key`.
    func names(under key: [String]) -> [[String]] {
        let names = files.flatMap(\.values.keys).filter { $0.starts(with: key) }.map { Array($0.dropFirst(key.count)) }
        return Set(names).sorted { $0.joined() < $1.joined() }
    }

    /// What is wrong with a value, and where that is written.
    func error(_ key: [String], _ problem: String) -> VolumeError {
        let variable = (["volumectl"] + key).joined(separator: "_").uppercased().replacing(/[^A-Z0-9]/, with: "_")
        let place = environment[variable] == nil ? files.lazy.compactMap { $0.place(of: key) }.first : variable
        return .configuration(key, problem, from: place ?? "what is built in")
    }

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
