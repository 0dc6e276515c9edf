import Foundation
import Identity
import SQL
import TaskFlow
import TestKit
import Testing
import VolumeAPI
import VolumeDriver
import Volumes

@Suite(.scratchDirectory)
struct IdempotencyKeyTests {
    /// A request for an unnamed volume of 1 MiB, with another generated id each time.
    private func request(_ key: String = "order-17", mebibytes: Int64 = 1) throws -> VolumeRequest {
        var request = VolumeRequest(size: .exactly(try #require(ByteCount(bytes: mebibytes << 20))))
        request.idempotencyKey = try IdempotencyKey(validating: key)
        return request
    }

    @Test func `a request that is made again with its key has the same volume, and costs nothing`() async throws {
        let scene = try Scene()
        let first = try await scene.service.create(try request())
        let commits = scene.database.commitCount
        let second = try await scene.service.create(try request())
        #expect(first.isNew && !second.isNew)
        #expect(second.volume == first.volume)
        #expect(scene.database.commitCount == commits)
        try await scene.expectUsage(volumes: 1, mebibytes: 1)
    }

    @Test func `a plan with a key answers as a create with it would, and does not use the key up`() async throws {
        let scene = try Scene()
        #expect(try await scene.service.plan(try request()).existing == nil)
        let volume = try await scene.service.create(try request()).volume
        #expect(try await scene.service.plan(try request()).existing == volume)
        let other = await #expect(throws: VolumeError.self) { try await scene.service.plan(try request(mebibytes: 2)) }
        #expect(other?.code == .conflict)
        try await scene.service.delete("\(volume.id)")
        let removed = await #expect(throws: VolumeError.self) { try await scene.service.plan(try request()) }
        #expect(removed?.code == .conflict)
    }

    @Test func `requests at once with one key make one volume`() async throws {
        let scene = try Scene()
        let request = try request()
        let ids = try await withThrowingTaskGroup { group in
            for _ in 0..<8 {
                group.addTask { [service = scene.service] in
                    var request = VolumeRequest(size: request.size)
                    request.idempotencyKey = try IdempotencyKey(validating: "order-17")
                    return try await service.create(request).volume.id
                }
            }
            return try await group.reduce(into: Set<VolumeID>()) { $0.insert($1) }
        }
        #expect(ids.count == 1)
        try await scene.expectUsage(volumes: 1, mebibytes: 1)
    }

    @Test func `a request that loses its key to another one has the volume of that`() async throws {
        let scene = try Scene()
        let pools = [Pool(name: "default", driver: scene.backend)]
        let (noted, mayBegin) = (AsyncStream<Void>.makeStream(), AsyncStream<Void>.makeStream())
        defer { mayBegin.continuation.finish() }
        // The first request pauses when it has noted the key, before its flow begins.
        let pausing = OvertakenDatabase(scene.database, afterFirst: .write) {
            noted.continuation.finish()
            for await _ in mayBegin.stream {}
        }
        let loser = Task { [request = try request()] in
            try await VolumeService(database: pausing, pools: pools).create(request).volume.id
        }
        for await _ in noted.stream {}
        // When the last one has read whose the key is, another takes the key over, and the first one's flow fails.
        let overtaken = OvertakenDatabase(scene.database, afterFirst: .read) { [request = try request()] in
            _ = try await scene.service.create(request)
            mayBegin.continuation.finish()
            _ = try await loser.value
        }
        let found = try await VolumeService(database: overtaken, pools: pools).create(try request()).volume.id
        #expect(try await scene.service.volumes().map(\.id) == [found])
        #expect(try await loser.value == found)
        try await scene.expectUsage(volumes: 1, mebibytes: 1)
    }

    @Test func `a failed request has its failure again, and isn't tried again`() async throws {
        let scene = try Scene()
        scene.fail(.create, .before, with: .broken)
        let first = await #expect(throws: VolumeError.self) { try await scene.service.create(try request()) }
        let second = await #expect(throws: VolumeError.self) { try await scene.service.create(try request()) }
        #expect(first?.code == .driverFailed && second?.code == .driverFailed)
        #expect(first?.flow == second?.flow)
        try await scene.expectUsage(volumes: 0, mebibytes: 0)
    }

    @Test func `a key with another request is a conflict, and nothing is created`() async throws {
        let scene = try Scene()
        _ = try await scene.service.create(try request())
        let error = await #expect(throws: VolumeError.self) {
            try await scene.service.create(try request(mebibytes: 2))
        }
        #expect(error?.code == .conflict)
        try await scene.expectUsage(volumes: 1, mebibytes: 1)
    }

    @Test func `a volume that has been removed isn't created again with its key`() async throws {
        let scene = try Scene()
        let volume = try await scene.service.create(try request()).volume
        try await scene.service.delete("\(volume.id)")
        let error = await #expect(throws: VolumeError.self) { try await scene.service.create(try request()) }
        #expect(error?.code == .conflict)
        try await scene.expectUsage(volumes: 0, mebibytes: 0)
    }

    @Test func `a request that never became a flow is made anew`() async throws {
        let scene = try Scene()
        // Noted by a process that died before its flow was stored.
        let noted = String(decoding: try JSONEncoder().encode(try request()), as: UTF8.self)
        _ = try await scene.database.write(until: nil) { connection in
            try connection.execute(
                "INSERT INTO idempotency_key (project, key, request, flow, used_at) VALUES (?, ?, ?, ?, ?)",
                "default",
                "order-17",
                noted,
                FlowID.random(),
                0
            )
        }
        #expect(try await scene.service.create(try request()).isNew)
    }

    @Test(arguments: ["", String(repeating: "k", count: 129), "a\nb", "\u{1B}[0m"])
    func `a key has 1 to 128 bytes without control characters`(_ text: String) {
        let error = #expect(throws: VolumeError.self) { try IdempotencyKey(validating: text) }
        #expect(error?.code == .invalidInput)
    }
}
