internal import PoolConfiguration

/// The configuration of the service and the output format.
@dynamicMemberLookup
struct Settings {
    let configuration: ServiceConfiguration
    /// The output format, as the option names it.
    let choice: OutputChoice

    /// Reads the configuration, and warns about keys and variables that nothing reads.
    ///
    /// - Parameters:
    ///   - config: the only file to read; `nil` for the default files.
    ///   - output: the output format given on the command line, which overrides the configuration.
    /// - Throws: ``VolumeError`` that names the place and the key.
    static func read(config: String?, output: OutputChoice?) async throws -> Settings {
        let configuration = try await ServiceConfiguration.read(config: config) { Console.note("warning: \($0)") }
        var output = output
        if output == nil { output = try await configuration.oneOf(OutputChoice.self, "output") }
        return Settings(configuration: configuration, choice: output ?? .table)
    }

    /// The output format.
    var output: OutputFormat { choice.format }

    subscript<Value>(dynamicMember member: KeyPath<ServiceConfiguration, Value>) -> Value {
        configuration[keyPath: member]
    }
}
