import Foundation
import PoolConfiguration
import TestKit
import Testing
import VolumeAPI

/// Writes a configuration file and returns its path.
func write(_ text: String) throws -> String {
    let path = ScratchDirectory.path + "/config.yaml"
    try Data(text.utf8).write(to: URL(filePath: path))
    return path
}

/// Reads a configuration, in an environment with these variables only.
func read(
    _ config: String?,
    _ variables: [String: String] = [:]
) async throws -> (configuration: ServiceConfiguration, warnings: [String]) {
    let environment = ["VOLUMECTL_STATE_DIRECTORY": ScratchDirectory.path + "/state"].merging(variables) { $1 }
    var warnings: [String] = []
    let configuration = try await ServiceConfiguration.read(config: config, environment: environment) {
        warnings.append($0)
    }
    return (configuration, warnings)
}

/// Returns the error for an unusable configuration.
func refusal(
    _ config: String?,
    _ variables: [String: String] = [:],
    sourceLocation: SourceLocation = #_sourceLocation
) async throws -> VolumeError {
    let error = await #expect(throws: VolumeError.self, sourceLocation: sourceLocation) {
        _ = try await read(config, variables)
    }
    #expect(error?.code == .invalidInput, sourceLocation: sourceLocation)
    #expect(!FileManager.default.fileExists(atPath: ScratchDirectory.path + "/state"), sourceLocation: sourceLocation)
    return try #require(error, sourceLocation: sourceLocation)
}
