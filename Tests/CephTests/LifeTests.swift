import Foundation
import Programs
import TestKit
import Testing

/// The commands on a real cluster.
@Suite(.needsCluster)
struct LifeTests {
    @Test func `a volume's whole life by commands is as told in the cluster, and leaves nothing there`() async throws {
        // Short, as the path of a socket has to be.
        let directory = "/tmp/life-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let script = URL(filePath: #filePath).deletingLastPathComponent().path + "/Scripts/life"
        let program = try #require(BuiltProgram.path(of: "volumectl"))
        let call = ProgramCall(
            script,
            [program, directory],
            environment: ["CEPH_CONF": try #require(Cluster.configuration)],
            timeLimit: .seconds(1800)
        )
        let result = try await SystemPrograms().run(call)
        #expect(result.isSuccess, "\(result.status)\n\(result.output)\n\(result.messages)")
    }
}
