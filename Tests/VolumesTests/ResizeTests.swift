import Identity
import LoopbackDriver
import TestKit
import Testing
import VolumeAPI
import VolumeDriver
import Volumes

@Suite(.scratchDirectory)
struct ResizeTests {
    @Test func `a volume grows to a size, or by an amount, and its quota and its pool's provisioned capacity with it`()
        async throws
    {
        let scene = try Scene()
        try await scene.create(mebibytes: 1)
        #expect(try await scene.resize(to: .exactly(mebibytes(3))).oldSize == mebibytes(1))
        let volume = try await scene.resize(to: .growing(mebibytes(2))).volume
        #expect(volume.status == .available && volume.size == mebibytes(5))
        #expect(try await scene.backend.inspect(volume.id) == .complete(mebibytes(5)))
        try await scene.expectUsage(volumes: 1, mebibytes: 5)
        let capacity = try await scene.service.provisionedCapacity()
        #expect(capacity.kept == capacity.counted && capacity.kept["default"]?.size == mebibytes(5))
    }

    @Test func `an extension costs two commits`() async throws {
        let scene = try Scene()
        try await scene.create()
        let before = scene.database.commitCount
        try await scene.resize(to: .exactly(mebibytes(2)))
        #expect(scene.database.commitCount - before == 2)
    }

    @Test func `to ask twice for the same size is one extension, also where the pool rounds it up`() async throws {
        let scene = try Scene()
        try await scene.create(mebibytes: 1)
        let odd = try #require(ByteCount(bytes: 2 << 20 | 1))
        let volume = try await scene.resize(to: .exactly(odd)).volume
        #expect(volume.size > odd)
        let flows = try await scene.service.flows(limit: 10).count
        let again = try await scene.resize(to: .exactly(odd))
        #expect(again.volume == volume && again.oldSize == volume.size)
        #expect(try await scene.service.flows(limit: 10).count == flows)
    }

    @Test(arguments: [SizeExpression.exactly(mebibytes(1)), .allFree, .freePercent(50), .growing(.most)])
    func `no volume gets smaller, or a share, or more than there is`(_ size: SizeExpression) async throws {
        let scene = try Scene()
        try await scene.create(mebibytes: 2)
        try await scene.expectRefusal(.invalidInput, of: size)
    }

    @Test func `a quota that is too small for what is added leaves all as it was`() async throws {
        for limits in [QuotaLimits(gigabytes: 3), QuotaLimits(perVolumeGigabytes: 3)] {
            let scene = try Scene(limits: limits)
            try await scene.create(mebibytes: 2048)
            try await scene.expectRefusal(.quotaExceeded, of: .exactly(mebibytes(4096)), mebibytes: 2048)
            try await scene.resize(to: .exactly(mebibytes(3072)))
            try await scene.service.delete("data")
        }
    }

    @Test func `a pool without room for what is added is told with the numbers, and leaves all as it was`() async throws
    {
        let scene = try Scene()
        try await scene.create(mebibytes: 2)
        let error = try await scene.expectRefusal(.noValidPool, of: .exactly(.most))
        #expect(error.verdicts.map(\.filter) == ["CapacityFilter"])
        #expect(error.remedies.contains { if case .resizeVolume("data", _) = $0 { true } else { false } })
    }

    @Test func `a driver that can't extend is not asked to`() async throws {
        let scene = try Scene(withholding: .extend)
        try await scene.create(mebibytes: 2)
        try await scene.expectRefusal(.conflict, of: .exactly(mebibytes(4)))
    }

    @Test func `a volume that is gone from its pool is not extended`() async throws {
        let scene = try Scene()
        let volume = try await scene.create(mebibytes: 2)
        try await scene.backend.delete(volume.id, operation: .random())
        let same = await #expect(throws: VolumeError.self) { try await scene.resize(to: .exactly(mebibytes(2))) }
        #expect(same?.code == .missing)
        let larger = await #expect(throws: VolumeError.self) { try await scene.resize(to: .exactly(mebibytes(3))) }
        #expect(larger?.code == .revertIncomplete)
        try await scene.service.delete("data")
        try await scene.expectNothing()
    }

    @Test func `extensions at the same time come one after the other`() async throws {
        let scene = try Scene()
        try await scene.create(mebibytes: 1)
        try await withThrowingTaskGroup { group in
            for size in 2...5 as ClosedRange<Int64> {
                group.addTask {
                    do {
                        _ = try await scene.service.resize("data", to: .exactly(mebibytes(size)))
                    } catch let error as VolumeError {
                        // A larger one was faster.
                        #expect([.invalidInput, .conflict].contains(error.code))
                    }
                }
            }
            try await group.waitForAll()
        }
        let volume = try await scene.service.volume(named: "data")
        #expect(volume.status == .available)
        #expect(try await scene.backend.inspect(volume.id) == .complete(volume.size))
        try await scene.expectUsage(volumes: 1, mebibytes: volume.size.bytes >> 20)
    }
}

private func mebibytes(_ count: Int64) -> ByteCount { ByteCount(bytes: count << 20) ?? .zero }

extension ByteCount {
    fileprivate static var most: ByteCount { ByteCount(bytes: .max) ?? .zero }
}

extension Scene {
    @discardableResult
    fileprivate func resize(to size: SizeExpression) async throws -> ResizedVolume {
        try await service.resize("data", to: size)
    }

    /// Expects that a volume is not resized, and that all is as it was.
    @discardableResult
    fileprivate func expectRefusal(
        _ code: VolumeError.Code,
        of size: SizeExpression,
        mebibytes count: Int64 = 2,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> VolumeError {
        let error = try #require(
            await #expect(throws: VolumeError.self, sourceLocation: sourceLocation) { try await resize(to: size) }
        )
        #expect(error.code == code, sourceLocation: sourceLocation)
        let volume = try await service.volume(named: "data")
        #expect(volume.status == .available && volume.size == mebibytes(count), sourceLocation: sourceLocation)
        #expect(try await backend.inspect(volume.id) == .complete(volume.size), sourceLocation: sourceLocation)
        try await expectUsage(volumes: 1, mebibytes: count, sourceLocation: sourceLocation)
        return error
    }
}
