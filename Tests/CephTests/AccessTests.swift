import Foundation
import Identity
import RBDDriver
import TestKit
import Testing
import VolumeDriver

/// What is said when the cluster, the pool or the key is not what the configuration says.
@Suite(.needsCluster, .scratchDirectory)
struct AccessTests {
    let volume = VolumeID.random()

    @Test func `a missing pool is down, and nothing in it is reported as absent`() async throws {
        let driver = try Cluster.driver(pool: "nowhere")
        for call in [
            { _ = try await driver.inspect(volume) }, { _ = try await driver.list() },
            { _ = try await driver.capacity() }, { try await driver.delete(volume, operation: .random()) },
        ] {
            let error = await #expect(throws: DriverError.self) { try await call() }
            #expect(error?.code == .retryableElsewhere)
            #expect(error?.remedy?.contains("ceph osd pool create nowhere") == true)
        }
        #expect(await driver.checkHealth().contains { $0.severity == .failure && $0.subject == "cluster" })
    }

    @Test func `the error for an unknown user suggests checking the key`() async throws {
        let driver = try Cluster.driver(as: "nobody")
        for call in [{ _ = try await driver.inspect(volume) }, { _ = try await driver.capacity() }] {
            let error = await #expect(throws: DriverError.self) { try await call() }
            #expect(error?.remedy?.contains("ceph auth get client.nobody") == true)
            #expect(error?.cause?.contains("monclient") == false)
        }
    }

    @Test func `the error about a missing configuration names the file`() async throws {
        let access = try CephAccess(pool: "volumes", configuration: "/nowhere/ceph.conf")
        let driver = RBDDriver(access, directory: Cluster.exports)
        let error = await #expect(throws: DriverError.self) { try await driver.list() }
        #expect(error?.remedy?.contains("/nowhere/ceph.conf") == true)
    }

    @Test func `a healthy pool has no findings`() async throws {
        let driver = try Cluster.driver()
        try await driver.setUp()
        let findings = await driver.checkHealth()
        #expect(findings.allSatisfy { $0.severity == .ok })
        #expect(Set(findings.map(\.subject)) == ["tools", "key", "cluster", "room"])
    }
}
