import Foundation
import PoolConfiguration
import VolumeAPI
import Volumes

/// The pools that exist without any configuration, in a directory.
func builtInPools(in directory: String) async throws -> [Pool] {
    let empty = directory + "/empty.yaml"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    try Data().write(to: URL(filePath: empty))
    let environment = ["VOLUMECTL_STATE_DIRECTORY": directory]
    return try await ServiceConfiguration.read(config: empty, environment: environment).pools
}
