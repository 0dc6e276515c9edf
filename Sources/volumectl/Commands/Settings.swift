internal import PoolConfiguration

/// The configuration of the service and the output format.
@dynamicMemberLookup
struct Settings {
    let configuration: ServiceConfiguration
    /// The output format.
    let output: OutputFormat

    /// Reads the configuration, and warns about keys and variables that nothing reads.
    ///
    /// - Parameters:
    ///   - config: the only file to read; `nil` for the default files.
    ///   - output: the output format given on the command line, which overrides the configuration.
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
