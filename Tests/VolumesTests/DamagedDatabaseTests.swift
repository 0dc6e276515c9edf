import Foundation
import Glibc
import LoopbackDriver
import SQL
import SQLite
import TestKit
import Testing
import VolumeAPI
import VolumeDriver
import Volumes

/// An SQLite file that something else than its users has changed.
@Suite(.scratchDirectory)
struct DamagedDatabaseTests {
    private static let pageSize = 4096

    private var path: String { ScratchDirectory.path + "/damaged.db" }

    private func service() throws -> VolumeService {
        let driver = LoopbackDriver(directory: ScratchDirectory.path + "/pool")
        return try VolumeService(
            database: SQLiteDatabase(path: path),
            pools: [Pool(name: "default", driver: driver)],
            scope: Scope(user: "operator")
        )
    }

    private func create(_ name: String) async throws {
        let service = try service()
        do {
            let size = try #require(ByteCount(bytes: 1 << 20))
            _ = try await service.create(
                VolumeRequest(name: try VolumeName(validating: name), size: .exactly(size)),
                control: RequestControl()
            )
        } catch {
            await service.close()
            throw error
        }
        await service.close()
    }

    /// Writes `bytes` to the same file, at a time that no other write has had.
    private func change(to bytes: [UInt8], at time: Double) throws {
        let file = try #require(FileHandle(forUpdatingAtPath: path))
        try file.truncate(atOffset: UInt64(bytes.count))
        try file.seek(toOffset: 0)
        try file.write(contentsOf: Data(bytes))
        try file.close()
        let date = Date(timeIntervalSince1970: 1_000_000 + time)
        try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: path)
    }

    /// Every fourth page is zeroed, filled with noise, or has another page's content, and the file ends early.
    private func damages(of sound: [UInt8]) -> [(words: String, bytes: [UInt8])] {
        let pages = sound.count / Self.pageSize
        func page(_ number: Int) -> Range<Int> { number * Self.pageSize..<(number + 1) * Self.pageSize }
        func replacing(_ number: Int, by content: some Collection<UInt8>) -> [UInt8] {
            var bytes = sound
            bytes.replaceSubrange(page(number), with: content)
            return bytes
        }
        let noise = (0..<Self.pageSize).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ 13) }
        let changed = stride(from: 0, to: pages, by: 4)
            .flatMap { number in
                [
                    ("page \(number) of \(pages) is zeros", replacing(number, by: [UInt8](repeating: 0, count: 4096))),
                    ("page \(number) of \(pages) is noise", replacing(number, by: noise)),
                    ("page \(number) of \(pages) is page 1", replacing(number, by: sound[page(number == 1 ? 2 : 1)])),
                ]
            }
        let short = (1...12).map { ("\($0)/13 of the file", Array(sound.prefix(sound.count * $0 / 13))) }
        return changed + short
    }

    @Test func `no damaged file is written to, and a restored one is used as before`() async throws {
        for number in 1...6 { try await create("v\(number)") }
        let sound = [UInt8](try Data(contentsOf: URL(filePath: path)))
        let damages = damages(of: sound)
        #expect(damages.count > 60)
        var taken: [String] = []
        for (number, damage) in damages.enumerated() {
            try change(to: damage.bytes, at: Double(2 * number))
            do {
                try await create("new")
                taken.append(damage.words)
            } catch let error as VolumeError {
                #expect(error.code == .storeUnavailable, "\(damage.words): \(error)")
                #expect(try Data(contentsOf: URL(filePath: path)) == Data(damage.bytes), "\(damage.words)")
            }
            try change(to: sound, at: Double(2 * number + 1))
        }
        #expect(taken == [])
        try await create("last")
    }

    /// Zeros the page of a table that the creation of a type does not read. The time of the file stays.
    private func damageUnreadPage() throws {
        let page: Int = try SQLiteDatabase.peek(at: path) { connection in
            let found = try connection.query("SELECT rootpage FROM sqlite_master WHERE name = 'attachment'").first
            let row = try #require(found)
            return try row(0)
        }
        var status = stat()
        try #require(stat(path, &status) == 0)
        let file = try #require(FileHandle(forUpdatingAtPath: path))
        try file.seek(toOffset: UInt64((page - 1) * Self.pageSize))
        try file.write(contentsOf: Data(count: Self.pageSize))
        try #require(futimens(file.fileDescriptor, [status.st_atim, status.st_mtim]) == 0)
        try file.close()
    }

    private func createType(_ name: String) async throws {
        let service = try service()
        do {
            _ = try await service.createType(name, VolumeTypeChange())
        } catch {
            await service.close()
            throw error
        }
        await service.close()
    }

    @Test func `what is written to a file that nobody else has changed does not depend on its size`() async throws {
        try await create("a")
        try damageUnreadPage()
        // The file is as it was left, as far as can be seen without a look at all of it.
        try await createType("unseen")
        try FileManager.default.setAttributes([.modificationDate: Date.distantPast], ofItemAtPath: path)
        await #expect(throws: VolumeError.self) { try await createType("seen") }
    }

    @Test func `a process that uses the database vouches for it`() async throws {
        try await create("a")
        let other = try service()
        try damageUnreadPage()
        try FileManager.default.setAttributes([.modificationDate: Date.distantPast], ofItemAtPath: path)
        try await createType("beside")
        await other.close()
        try FileManager.default.setAttributes([.modificationDate: Date.distantPast], ofItemAtPath: path)
        await #expect(throws: VolumeError.self) { try await createType("alone") }
    }
}
