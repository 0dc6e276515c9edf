import TestKit
import Testing
import VolumeAPI
import VolumeDriver

@testable import Volumes

/// The numbers for operators.
@Suite(.scratchDirectory)
struct MetricsTests {
    private func values(_ name: String, _ metrics: [Metric]) -> [[String: String]: Double] {
        let samples = metrics.first { $0.name == name }?.samples ?? []
        return Dictionary(samples.map { ($0.labels, $0.value) }) { $1 }
    }

    @Test func `they count volumes, quota, flows and the capacity of pools`() async throws {
        let scene = try Scene(limits: QuotaLimits(volumes: 5))
        try await scene.create("a")
        try await scene.create("b", mebibytes: 2)
        let metrics = try await scene.service.metrics()
        let labels = ["project": "default", "pool": "default", "status": "available"]
        #expect(values("volumectl_volumes", metrics) == [labels: 2])
        let sizes: [[String: String]: Double] = [labels: Double(3 << 20)]
        #expect(values("volumectl_volumes_size_bytes", metrics) == sizes)
        let volumes = ["project": "default", "resource": "volumes"]
        #expect(values("volumectl_quota_used", metrics)[volumes] == 2)
        #expect(values("volumectl_quota_limit", metrics)[volumes] == 5)
        let gigabytes = ["project": "default", "resource": "gigabytes"]
        #expect(values("volumectl_quota_limit", metrics)[gigabytes] == .infinity)
        let flows = ["flow": "create-volume", "state": "success"]
        #expect(values("volumectl_flows", metrics) == [flows: 2])
        #expect(Array(values("volumectl_pool_up", metrics).values) == [1.0])
        #expect(Array(values("volumectl_pool_provisioned_bytes", metrics).values) == [Double(3 << 20)])
        let other = scene.service.scoped(to: Scope(project: "other", roles: [.member]))
        #expect(values("volumectl_volumes", try await other.metrics()).isEmpty)
    }

    @Test func `they are written in the text format of Prometheus`() throws {
        let metric = Metric(
            "volumectl_test",
            "A \"help\"\nof two lines\\.",
            [.init([:], 1), .init(["b": "x\"y\\z\n", "a": ""], 0.5), .init(["a": "1"], .infinity)]
        )
        #expect(
            Metric.text([metric, Metric("volumectl_none", "Nothing.", [])]) == #"""
                # HELP volumectl_test A "help"\nof two lines\\.
                # TYPE volumectl_test gauge
                volumectl_test 1
                volumectl_test{a="",b="x\"y\\z\n"} 0.5
                volumectl_test{a="1"} +Inf

                """#
        )
    }
}
