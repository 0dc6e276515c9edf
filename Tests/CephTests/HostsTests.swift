import Foundation
import Programs
import TestKit
import Testing

/// Two hosts with pools of a real cluster.
@Suite(.needsCluster)
struct HostsTests {
    @Test(.enabled(if: geteuid() == 0, "calls of a host's driver are held by mounts of its own, which need root"))
    func `what a killed host was at is ended by the other one, a blocked host writes no more, and nothing is left`()
        async throws
    {
        // Short, as the path of a socket has to be.
        let directory = "/tmp/hosts-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let script = URL(filePath: #filePath).deletingLastPathComponent().path + "/Scripts/hosts"
        let environment = ProcessInfo.processInfo.environment
        let call = ProgramCall(
            script,
            [
                try #require(BuiltProgram.path(of: "volumectl")), try #require(BuiltProgram.path(of: "volumed")),
                directory, environment["VOLUMECTL_TEST_POSTGRESQL"] ?? directory + "/volumectl.db",
            ],
            environment: ["CEPH_CONF": try #require(Cluster.configuration)],
            timeLimit: .seconds(1800)
        )
        let result = try await SystemPrograms().run(call)
        #expect(result.isSuccess, "\(result.status)\n\(result.output)\n\(result.messages)")
    }
}
