import Foundation
import TestKit
import Testing

/// Two hosts with one database: `alpha`, with a pool of files, and `beta`, with the pool of a driver that waits at gates.
struct Fleet {
    let driver = GatedDriver()
    /// The variables of commands on each host.
    let alpha: [String: String]
    let beta: [String: String]

    init() throws {
        _ = try driver.configure()
        let program = ScratchDirectory.path + "/gated-driver"
        let interval = "worker: {report-interval: 0.5, report-limit: 600}"
        alpha = try Self.variables(of: "alpha", "host: alpha\n\(interval)\nenabled-pools: [default]\n")
        beta = try Self.variables(
            of: "beta",
            """
            host: beta
            \(interval)
            enabled-pools: [gated]
            pools:
              gated:
                driver: external
                command: [\(program), \(driver.directory)]
                time-limit: 300
            """
        )
    }

    private static func variables(of host: String, _ text: String) throws -> [String: String] {
        let path = ScratchDirectory.path + "/\(host).yaml"
        try Data(text.utf8).write(to: URL(filePath: path))
        return [
            "VOLUMECTL_CONFIG": path, "VOLUMECTL_STATE_DIRECTORY": ScratchDirectory.path + "/state-\(host)",
            "VOLUMECTL_DB": try TestDatabase.configured(Scratch.database),
        ]
    }

    /// Starts the worker of a host, and returns when it serves.
    func work(as host: [String: String], _ arguments: String...) async throws -> Background {
        let worker = try Background(arguments, with: host, program: "volumed")
        try await worker.says("serving")
        return worker
    }
}
