import Foundation
import Identity
import LoopbackDriver
import SQL
import SQLStore
import TestKit
import Testing
import VolumeAPI
import VolumeDriver
import Volumes

/// A pool is identified by its mark, not by its path.
@Suite(.scratchDirectory)
struct PoolMarkTests {
    private var place: String { ScratchDirectory.path + "/pool" }
    private var elsewhere: String { ScratchDirectory.path + "/elsewhere" }

    private func open(_ pools: [String: String], database: String = "volumes") throws -> VolumeService {
        try VolumeService(
            database: TestDatabase.open("\(ScratchDirectory.path)/\(database).db"),
            pools: pools.sorted { $0.key < $1.key }
                .map { Pool(name: $0.key, driver: LoopbackDriver(directory: $0.value)) }
        )
    }

    @discardableResult
    private func create(_ name: String, on service: VolumeService, in pool: String? = nil) async throws -> Volume {
        let size = try #require(ByteCount(bytes: 1 << 20))
        let request = VolumeRequest(name: try VolumeName(validating: name), size: .exactly(size), pool: pool)
        return try await service.create(request).volume
    }

    private func volumeFiles(in directory: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: directory).filter { $0.hasPrefix("volume-") }
    }

    private func makeDirectory(_ path: String) throws {
        try FileManager.default.createDirectory(
            atPath: path,
            withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700]
        )
    }

    /// Changes the database as a newer or older program would.
    private func change(_ statement: String) async throws {
        let store = try SQLStore(TestDatabase.open())
        try await store.transact { try $0.connection.executeScript(statement) }
    }

    @Test(arguments: [true, false])
    func `at the location of a pool that is not mounted nothing is created, removed or believed`(isEmptyThere: Bool)
        async throws
    {
        let service = try open(["default": place])
        let volume = try await create("data", on: service)
        try FileManager.default.moveItem(atPath: place, toPath: elsewhere)
        if isEmptyThere { try makeDirectory(place) }

        #expect(try await service.poolStatus("default").report.problem != nil)
        guard case .unknown = await service.backendState(of: volume) else {
            Issue.record("a volume of a pool that is away is neither there nor missing")
            return
        }
        var error = await #expect(throws: VolumeError.self) { try await service.delete("data") }
        #expect(error?.code == .noValidPool)
        error = await #expect(throws: VolumeError.self) { try await create("other", on: service) }
        #expect(error?.code == .noValidPool)
        error = await #expect(throws: VolumeError.self) { try await create("data", on: service) }
        #expect(error?.code == .noValidPool)
        #expect(try await service.volumes().map(\.status) == [.available])
        #expect(try await service.quota().usage.inUse.volumes == 1)
        #expect(FileManager.default.fileExists(atPath: place) == isEmptyThere)
        if isEmptyThere { #expect(try FileManager.default.contentsOfDirectory(atPath: place).isEmpty) }

        if isEmptyThere { try FileManager.default.removeItem(atPath: place) }
        try FileManager.default.moveItem(atPath: elsewhere, toPath: place)
        try await create("other", on: service)
        try await service.delete("data")
        #expect(try volumeFiles(in: place).count == 1)
    }

    @Test func `a pool that has been moved is the same pool`() async throws {
        try await create("data", on: open(["default": place]))
        try FileManager.default.moveItem(atPath: place, toPath: elsewhere)
        let service = try open(["default": elsewhere])
        try await create("data", on: service)
        try await service.delete("data")
        #expect(try volumeFiles(in: elsewhere).isEmpty)
    }

    @Test func `a new database uses an existing pool only after a claim`() async throws {
        try await create("data", on: open(["default": place]))
        let service = try open(["default": place], database: "new")
        let error = await #expect(throws: VolumeError.self) { try await create("other", on: service) }
        #expect(error?.code == .noValidPool)
        #expect(error?.verdicts.first?.why.contains("holds 1 volume that this database does not record") == true)
        #expect(error?.remedies.first == .claimPool("default"))
        #expect(try volumeFiles(in: place).count == 1)

        let claim = try await service.claimPool("default")
        #expect(claim.unknown == 1 && claim.recorded == 0)
        #expect(try await service.poolClaim("default").isDone)
        try await create("other", on: service)
        #expect(try volumeFiles(in: place).count == 2)
    }

    @Test func `a mark that is not recorded is adopted`() async throws {
        let mark = try await LoopbackDriver(directory: place).markPool(as: .random())
        let service = try open(["default": place])
        try await create("data", on: service)
        #expect(try await service.poolStatus("default").report.mark == mark)
    }

    @Test func `of two pools at one location, one is down`() async throws {
        let service = try open(["a": place, "b": place])
        try await create("data", on: service)
        let statuses = try await service.poolStatuses()
        #expect(statuses.map(\.report.problem).map { $0 == nil } == [true, false])
        #expect(statuses[1].report.problem?.contains("\"b\" is the same place as pool \"a\"") == true)
        let error = await #expect(throws: VolumeError.self) { try await create("other", on: service, in: "b") }
        #expect(error?.code == .noValidPool)
        let refusal = await #expect(throws: VolumeError.self) { try await service.claimPool("b") }
        #expect(refusal?.code == .conflict)
    }

    @Test func `pools in different directories of one file system share its space`() async throws {
        let service = try open(["a": place, "b": elsewhere, "c": place + "/nested"])
        try await create("data", on: service)
        #expect(try await service.poolStatuses().map(\.sharesRoomWith) == [["b", "c"], ["a", "c"], ["a", "b"]])
    }

    @Test func `a renamed pool is recognised by its mark, and keeps its volumes when it is claimed`() async throws {
        try await create("data", on: open(["old": place]))
        let service = try open(["new": place])
        let problem = try await service.poolStatus("new").report.problem
        #expect(problem?.contains("known to the database as \"old\"") == true)
        await #expect(throws: VolumeError.self) { try await create("other", on: service) }
        #expect(try await service.claimPool("new").formerName == "old")
        try await create("data", on: service)
        try await create("other", on: service)
        try await service.delete("data")
        #expect(try volumeFiles(in: place).count == 1)
    }

    @Test func `a pool from before there were marks gets one when its volumes are there`() async throws {
        let service = try open(["default": place])
        let volume = try await create("data", on: service)
        try await change("DELETE FROM pool")
        try FileManager.default.removeItem(atPath: place + "/.volumectl-pool")

        try FileManager.default.moveItem(atPath: place, toPath: elsewhere)
        try makeDirectory(place)
        var error = await #expect(throws: VolumeError.self) { try await service.delete("data") }
        #expect(error?.code == .noValidPool)
        error = await #expect(throws: VolumeError.self) { try await create("other", on: service) }
        #expect(error?.code == .noValidPool)
        #expect(try FileManager.default.contentsOfDirectory(atPath: place).isEmpty)

        try FileManager.default.removeItem(atPath: place)
        try FileManager.default.moveItem(atPath: elsewhere, toPath: place)
        #expect(try await service.inspect(volume) == .complete(volume.size))
        try await create("other", on: service)
        #expect(try await service.poolStatus("default").report.mark != nil)
        try await service.delete("data")
        #expect(try volumeFiles(in: place).count == 1)
    }
}
