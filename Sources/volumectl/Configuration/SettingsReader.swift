internal import Configuration
internal import Volumes

/// Reads values, and refuses those of the wrong kind instead of passing them over.
struct SettingsReader {
    private let reader: ConfigReader
    private let files: [String]

    init(_ reader: ConfigReader, files: [String]) {
        self.reader = reader
        self.files = files
    }

    func string(_ key: String...) async throws -> String? { try await string(key) }

    func strings(_ key: String...) async throws -> [String]? {
        do {
            return try await reader.fetchStringArray(forKey: ConfigKey(key))
        } catch {
            throw self.error(key.joined(separator: "."), "it is not a list: write [a, b]")
        }
    }

    func int(_ key: String...) async throws -> Int? {
        try await parsed(key, as: "a whole number", Int.init)
    }

    func double(_ key: String...) async throws -> Double? {
        try await parsed(key, as: "a number") { Double($0).flatMap { $0.isFinite ? $0 : nil } }
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
        try await parsed(key, as: "an absolute path") { text in
            guard text.hasPrefix("/"), !text.utf8.contains(0) else { return nil }
            return text.count > 1 && text.hasSuffix("/") ? String(text.dropLast()) : text
        }
    }

    func error(_ key: String, _ problem: String) -> VolumeError {
        VolumeError(
            .invalidInput,
            "the configuration can't be used: '\(key)': \(problem)",
            cause: files.isEmpty
                ? "it comes from the environment" : "it comes from the environment or \(files.joined(separator: ", "))",
            remedies: ["compare it with the sample etc/volumectl.yaml"]
        )
    }

    private func string(_ key: [String]) async throws -> String? {
        do {
            return try await reader.fetchString(forKey: ConfigKey(key))
        } catch {
            throw self.error(key.joined(separator: "."), "it is not a single value")
        }
    }

    private func parsed<Value>(_ key: [String], as kind: String, _ parse: (String) -> Value?) async throws -> Value? {
        guard let text = try await string(key) else { return nil }
        guard let value = parse(text) else { throw error(key.joined(separator: "."), "'\(text)' is not \(kind)") }
        return value
    }
}
