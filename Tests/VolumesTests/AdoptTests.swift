import Foundation
import Identity
import LoopbackDriver
import TestKit
import Testing
import VolumeAPI
import VolumeDriver
import Volumes

/// Objects that come into a pool from outside, and go out of it again.
@Suite(.scratchDirectory)
struct AdoptTests {
    private let scene: Scene

    init() throws { scene = try Scene() }

    private func path(_ name: String) -> String { "\(ScratchDirectory.path)/pool/\(name)" }

    /// Puts a file of this size, filled with one byte, into the pool.
    private func plant(_ name: String = "foreign", bytes: Int = 1 << 20) async throws {
        try await scene.create("other")
        try await scene.service.delete("other")
        try Data(repeating: 7, count: bytes).write(to: URL(filePath: path(name)))
    }

    private func adopt(_ object: String = "foreign", as name: String? = "data") async throws -> Volume {
        let name = try name.map { try VolumeName(validating: $0) }
        return try await scene.service.adopt(object, in: "default", as: name).volume
    }

    @discardableResult
    private func expectRefusal(
        _ code: VolumeError.Code,
        of object: String = "foreign",
        as name: String? = "data",
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> VolumeError {
        let error = try #require(
            await #expect(throws: VolumeError.self, sourceLocation: sourceLocation) {
                try await adopt(object, as: name)
            }
        )
        #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
        return error
    }

    @Test func `a file of the pool becomes a volume of its size with its content, and counts in the quota`()
        async throws
    {
        try await plant()
        let volume = try await adopt()
        #expect(volume.status == .available && volume.size.bytes == 1 << 20 && volume.label == "data")
        #expect(try Data(contentsOf: URL(filePath: path(volume.id.backendName))) == Data(repeating: 7, count: 1 << 20))
        #expect(!FileManager.default.fileExists(atPath: path("foreign")))
        try await scene.expectUsage(volumes: 1, mebibytes: 1)
        let capacity = try await scene.service.provisionedCapacity()
        #expect(capacity.kept == capacity.counted)
        try await scene.service.delete("data")
        try await scene.expectNothing()
    }

    @Test(arguments: [HookedDriver.Moment.before, .after])
    func `a driver that fails leaves the object under its own name`(_ moment: HookedDriver.Moment) async throws {
        try await plant()
        scene.fail(.manage, moment, with: .broken)
        try await expectRefusal(.driverFailed)
        #expect(try Data(contentsOf: URL(filePath: path("foreign"))).count == 1 << 20)
        try await scene.expectNothing()
    }

    @Test func `an adoption that can't be undone is undone by the next removal, and the object stays`() async throws {
        try await plant()
        scene.fail(.manage, .after, with: .broken)
        scene.fail(.unmanage, .before, with: .broken)
        try await expectRefusal(.revertIncomplete)
        #expect(try await scene.service.find("data").status == .error)
        try await scene.service.delete("data")
        #expect(try Data(contentsOf: URL(filePath: path("foreign"))).count == 1 << 20)
        try await scene.expectNothing()
    }

    @Test func `what can't be a volume is refused before anything is touched, and says why`() async throws {
        try await plant("odd", bytes: 1000)
        try FileManager.default.createSymbolicLink(atPath: path("link"), withDestinationPath: "/etc/hostname")
        try FileManager.default.linkItem(atPath: path("odd"), toPath: path("twin"))
        let before = try await scene.service.flows(limit: 10).count
        #expect(try await expectRefusal(.conflict, of: "link").message.contains("symbolic link"))
        #expect(try await expectRefusal(.conflict, of: "twin").message.contains("2 names"))
        try FileManager.default.removeItem(atPath: path("twin"))
        #expect(try await expectRefusal(.conflict, of: "odd").message.contains("multiple"))
        for name in ["absent", "../odd", "", ".volumectl-pool", "-f"] { try await expectRefusal(.notFound, of: name) }
        #expect(try await scene.service.flows(limit: 10).count == before)
        try await scene.expectNothing()
    }

    @Test func `a volume of any project is not adopted again, and a name is taken once`() async throws {
        try await plant()
        let theirs = scene.service.scoped(to: Scope(project: "theirs"))
        let size = try #require(ByteCount(bytes: 1 << 20))
        let volume = try await theirs.create(VolumeRequest(size: .exactly(size))).volume
        try await expectRefusal(.conflict, of: volume.id.backendName)
        try await scene.create("data")
        try await expectRefusal(.conflict)
        #expect(FileManager.default.fileExists(atPath: path("foreign")))
        try await scene.expectUsage(volumes: 1, mebibytes: 1)
    }

    @Test func `an object that is larger than the quota allows stays what it is`() async throws {
        try await plant()
        try await scene.service.setQuota(QuotaChange(gigabytes: .amount(0)))
        try await expectRefusal(.quotaExceeded)
        #expect(FileManager.default.fileExists(atPath: path("foreign")))
        try await scene.expectNothing()
    }

    @Test func `a forgotten volume frees its quota, keeps its data, and can be adopted again as what it was`()
        async throws
    {
        let volume = try await scene.create("data")
        let forgotten = try await scene.service.forget("data")
        #expect(forgotten.volume == volume && forgotten.location == path(volume.id.backendName))
        #expect(try await scene.service.volumes().isEmpty)
        try await scene.expectUsage(volumes: 0, mebibytes: 0)
        let objects = try await scene.service.poolObjects("default")
        #expect(objects.map(\.state) == [.unknown] && objects.first?.obstacle == nil)
        let again = try await adopt(volume.id.backendName)
        #expect(again.id == volume.id && again.status == .available)
        try await scene.expectUsage(volumes: 1, mebibytes: 1)
    }

    @Test func `a volume with a snapshot, or one that is protected, is not forgotten`() async throws {
        let volume = try await scene.create("data")
        try await scene.snapshot("kept")
        let first = await #expect(throws: VolumeError.self) { try await scene.service.forget("data") }
        #expect(first?.code == .conflict)
        try await scene.service.deleteSnapshot("data@kept")
        try await scene.service.change("data", VolumeChange(isProtected: true))
        let second = await #expect(throws: VolumeError.self) { try await scene.service.forget("data") }
        #expect(second?.code == .conflict)
        #expect(try await scene.service.find("data").status == volume.status)
        try await scene.expectUsage(volumes: 1, mebibytes: 1)
    }

    @Test func `only an admin adopts, forgets, transfers and lists a pool's objects`() async throws {
        try await plant()
        let user = scene.service.scoped(to: Scope(user: "somebody", roles: []))
        try await scene.create("data")
        for call: @Sendable () async throws -> Void in [
            { _ = try await user.adopt("foreign", in: "default") }, { try await user.forget("data") },
            { try await user.transfer("data", to: "theirs") }, { _ = try await user.poolObjects("default") },
        ] {
            let error = await #expect(throws: VolumeError.self) { try await call() }
            #expect(error?.code == .notPermitted)
        }
        try await scene.expectUsage(volumes: 1, mebibytes: 1)
    }

    @Test func `the objects of a pool are listed with their records, whosever they are`() async throws {
        try await plant()
        let ours = try await scene.create("data")
        let snapshot = try await scene.snapshot("kept")
        let gone = try await scene.create("gone")
        try await scene.backend.delete(gone.id, operation: .random())
        let theirs = try await scene.service.scoped(to: Scope(project: "theirs"))
            .create(VolumeRequest(size: .exactly(ours.size))).volume
        let stray = VolumeID.random()
        try await scene.backend.create(stray, size: ours.size, operation: .random())
        let objects = try await scene.service.poolObjects("default")
        let found = Dictionary(uniqueKeysWithValues: objects.map { ($0.name, $0) })
        #expect(objects.count == 6 && objects.map(\.name) == objects.map(\.name).sorted())
        #expect(found[ours.id.backendName]?.owner == .volume(ours.id, label: "data"))
        #expect(found[ours.id.backendName]?.state == .recorded)
        #expect(found[snapshot.id.backendName]?.owner == .snapshot(snapshot.id, label: "data@kept"))
        #expect(found[gone.id.backendName]?.state == .missing)
        #expect(found[theirs.id.backendName]?.owner == .otherProject)
        #expect(found[stray.backendName]?.state == .unknown && found[stray.backendName]?.owner == nil)
        #expect(found["foreign"]?.kind == .foreign && found["foreign"]?.state == .unknown)
    }
}
