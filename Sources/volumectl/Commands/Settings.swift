internal import PoolConfiguration

/// How the service is configured, and how this program is to print.
@dynamicMemberLookup
struct Settings {
    let configuration: ServiceConfiguration
    /// How to print results.
    let output: OutputFormat

    /// Reads the configuration, and warns of what nothing reads.
    ///
    /// - Parameters:
    ///   - config: the only file to read; the usual ones if `nil`.
    ///   - output: how the command line asks for results to be printed, which is stronger than the configuration.
    /// - Throws: ``VolumeError`` that names the place and the key.
    static func read(config: String?, output: OutputFormat?) async throws -> Settings {
        let configuration = try await ServiceConfiguration.read(config: config) { Console.note("warning: \($0)") }
        var output = output
        if output == nil { output = try await configuration.oneOf(OutputFormat.self, "output") }
        return Settings(configuration: configuration, output: output ?? .table)
    }

    subscript<Value>(dynamicMember member: KeyPath<ServiceConfiguration, Value>) -> Value {
        configuration[keyPath: member]
    }
}
