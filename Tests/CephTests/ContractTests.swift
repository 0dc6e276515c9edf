import DriverKit
import Foundation
import RBDDriver
import TestKit
import Testing
import VolumeDriver

/// The driver keeps the contract, on a real cluster.
@Suite(.needsCluster, .scratchDirectory, .serialized)
struct ContractTests {
    @Test(arguments: DriverKit.rules)
    func `the driver keeps every rule of the contract`(rule: Rule) async throws {
        var subject = DriverUnderTest(scratchDirectory: ScratchDirectory.path) { try Cluster.driver() }
        subject.content = DirectContent()
        subject.vanish = { volume in
            try await Cluster.tool("rbd", "rm", "--no-progress", "volumes/\(volume.backendName)")
        }
        subject.unmark = { try await Cluster.tool("rados", "--pool", "volumes", "rm", "volumectl_pool") }
        subject.plant = { name in
            try await Cluster.tool("rbd", "create", "--size", "8M", "volumes/\(name)")
            return ForeignObject {
                try await Cluster.tool("rbd", "info", "--format", "json", "volumes/\(name)")
                    .contains("\"size\":8388608")
            } remove: {
                try await Cluster.tool("rbd", "rm", "--no-progress", "volumes/\(name)")
            }
        }
        let outcome = await DriverKit.check(rule, on: subject)
        #expect(outcome.verdict != .failed, "\(rule.id): \(outcome.reason ?? "")")
    }
}
