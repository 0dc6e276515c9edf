import Foundation
import Identity
import Synchronization
import TaskFlow
import TestKit
import Testing
import VolumeAPI
import VolumeDriver
import Volumes

/// The service used as any client, and the values that a client and a service exchange.
@Suite(.scratchDirectory)
struct ClientTests {
    private func expectSame<Value: Codable & Equatable>(
        _ value: Value,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let again = try JSONDecoder().decode(Value.self, from: JSONEncoder().encode(value))
        #expect(again == value, sourceLocation: sourceLocation)
    }

    @Test func `requests, results and errors are values that go through JSON as they are`() async throws {
        let scene = try Scene(limits: QuotaLimits(gigabytes: 1))
        let request = VolumeRequest(name: try VolumeName(validating: "web"), size: .freePercent(1), pool: "default")
        var control = RequestControl()
        (control.deadline, control.waits) = (.now + .seconds(600), false)
        try expectSame(request)
        try expectSame(control)
        try expectSame(scene.service.scope)

        let client: any VolumeClient = scene.service
        let small = VolumeRequest(size: .exactly(try #require(ByteCount(bytes: 1 << 20))))
        let created = try await client.create(small, control: RequestControl())
        try expectSame(created)
        try expectSame(await client.backendState(of: created.volume))
        try expectSame(try await client.poolStatuses())
        try expectSame(try await client.poolClaim("default", control: RequestControl()))
        try expectSame(try await client.quota())
        try expectSame(try await client.flow("\(created.volume.flow)").detail)

        let large = VolumeRequest(size: .exactly(try #require(ByteCount(gibibytes: 2))))
        let refusal = await #expect(throws: VolumeError.self) {
            try await client.create(large, control: RequestControl())
        }
        #expect(refusal?.remedies.contains(.showQuota) == true)
        try expectSame(refusal)
    }

    @Test func `a client acts in its scope, and reports the phases of its requests`() async throws {
        let scene = try Scene()
        let phases = Phases()
        let theirs: any VolumeClient = scene.service.scoped(to: Scope(project: "other"))
        let control = RequestControl()
        let request = VolumeRequest(size: .exactly(try #require(ByteCount(bytes: 1 << 20))))
        let made = try await theirs.telling(phases.add).create(request, control: control)
        #expect(made.volume.project == "other" && theirs.scope.project == "other")
        #expect(phases.all == [.running(control.flow)])
        #expect(try await scene.service.volumes().isEmpty)
        try await theirs.delete("\(made.volume.id)", control: RequestControl())
        #expect(phases.all.count == 1)
    }
}

/// The phases that a client has reported.
private final class Phases: Sendable {
    private let told = Mutex<[RequestPhase]>([])

    var all: [RequestPhase] { told.withLock { $0 } }

    @Sendable func add(_ phase: RequestPhase) { told.withLock { $0.append(phase) } }
}
