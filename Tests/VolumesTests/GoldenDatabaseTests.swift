import Foundation
import LoopbackDriver
import SQL
import TaskFlow
import TestKit
import Testing
import VolumeAPI
import VolumeDriver
import Volumes

@testable import SQLite

/// The database that a program of 2026-11-28 has left when it was killed in a creation and in a removal: `begun`, `leaving`.
/// Before, the creations of `broken` and `given-up` had failed and not been undone, and the second had been given up.
@Suite(.scratchDirectory)
struct GoldenDatabaseTests {
    private let pools: [Pool]

    /// Restores the database and the content of its pools.
    init() throws {
        let dump = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/2026-11-28.sql")
        let connection = try SQLiteConnection(.writing(ScratchDirectory.database))
        try connection.executeScript(try String(contentsOf: dump, encoding: .utf8))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: ScratchDirectory.database)
        let marks = try connection.query("SELECT name, id FROM pool")
            .map { row in
                (try row(0, as: String.self), try row(1, as: String.self))
            }
        for (pool, mark) in marks {
            let directory = ScratchDirectory.path + "/" + pool
            try FileManager.default.createDirectory(
                atPath: directory,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
            try Data("\(mark)\n".utf8).write(to: URL(filePath: directory + "/.volumectl-pool"))
        }
        let volumes = try connection.query(
            "SELECT id, pool, size FROM volume WHERE status IN ('available', 'deleting')"
        )
        for row in volumes {
            let path = "\(ScratchDirectory.path)/\(try row(1, as: String.self))/volume-\(try row(0, as: String.self))"
            let size: Int64 = try row(2)
            #expect(FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600]))
            try FileHandle(forWritingTo: URL(filePath: path)).truncate(atOffset: UInt64(size))
        }
        pools = ["default", "ext"]
            .map { Pool(name: $0, driver: LoopbackDriver(directory: ScratchDirectory.path + "/" + $0)) }
    }

    private func expect(
        inUse: Int,
        reserved: Int,
        _ service: VolumeService,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let quota = try await service.quota()
        #expect(quota.usage == quota.counted, sourceLocation: sourceLocation)
        #expect(quota.usage.inUse.volumes == inUse, sourceLocation: sourceLocation)
        #expect(quota.usage.reserved.volumes == reserved, sourceLocation: sourceLocation)
        let capacity = try await service.provisionedCapacity()
        #expect(capacity.kept == capacity.counted, sourceLocation: sourceLocation)
    }

    private func flow(of subject: String, _ service: VolumeService) async throws -> FlowID {
        try #require(try await service.flows(limit: 100).first { $0.subject == subject }).id
    }

    @Test func `its volumes, flows and quotas are unchanged`() async throws {
        let service = try VolumeService(database: SQLiteDatabase(path: ScratchDirectory.database), pools: pools)
        let volumes = try await service.volumes()
        #expect(volumes.unreadable.isEmpty)
        #expect(
            volumes.readable.compactMap(\.name?.description)
                == ["web", "share", "broken", "given-up", "half-way", "leaving", "begun"]
        )
        #expect(try await service.find("share").requestedSize == .share(percent: 5))
        let flows = try await service.flows(limit: 100).readable
        #expect(flows.count == 12 && flows.allSatisfy { $0.scope == "default" })
        try await expect(inUse: 6, reserved: 2, service)
        let refusal = await #expect(throws: VolumeError.self) {
            try await service.wait(for: flow(of: "big", service), control: RequestControl())
        }
        #expect(refusal?.code == .quotaExceeded)
        let failure = await #expect(throws: VolumeError.self) {
            try await service.wait(for: flow(of: "broken", service), control: RequestControl())
        }
        #expect(failure?.code == .revertIncomplete && failure?.cause?.contains("the disk is broken") == true)
    }

    @Test func `its interrupted flows are carried on, and its failed ones can be retried`() async throws {
        let service = try VolumeService(database: SQLiteDatabase(path: ScratchDirectory.database), pools: pools)
        let recoveries = try await service.recover()
        #expect(recoveries.map(\.flow.subject) == ["begun", "leaving"])
        #expect(recoveries.allSatisfy { $0.state == .success }, "\(recoveries.map(\.problem))")
        #expect(try await service.find("begun").status == .available)
        try await expect(inUse: 6, reserved: 1, service)
        try await service.retry(try await flow(of: "broken", service))
        try await expect(inUse: 6, reserved: 0, service)
        for volume in try await service.volumes() { try await service.delete("\(volume.id)") }
        #expect(try await service.volumes().isEmpty)
        try await expect(inUse: 0, reserved: 0, service)
    }
}
