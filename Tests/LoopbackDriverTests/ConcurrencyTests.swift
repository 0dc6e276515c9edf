import Foundation
import Glibc
import Identity
import SystemPackage
import TestKit
import Testing
import VolumeDriver

@Suite(.scratchDirectory)
struct ConcurrencyTests {
    let volume = VolumeID.random()

    @Test(arguments: 1...20)
    func `concurrent creates of one volume all succeed with one file`(round: Int) async throws {
        let pool = try Pool(existing: round.isMultiple(of: 2))
        try await withThrowingTaskGroup { group in
            for _ in 1...4 { group.addTask { try await pool.create(volume, bytes: mebibyte) } }
            try await group.waitForAll()
        }
        #expect(try pool.names == ["volume-\(volume)"])
        #expect(try status(pool.path(of: volume)).size == mebibyte)
    }

    @Test func `of attempts with different sizes one succeeds`() async throws {
        let pool = try Pool()
        let sizes = await withTaskGroup(of: Int64?.self) { group in
            for count in 1...8 as ClosedRange<Int64> {
                group.addTask {
                    do throws(any Error) {
                        try await pool.create(volume, bytes: count * mebibyte)
                        return count * mebibyte
                    } catch {
                        #expect((error as? DriverError)?.code == .refused)
                        return nil
                    }
                }
            }
            return await group.reduce(into: []) { $0 += $1.map { [$0] } ?? [] }
        }
        #expect(sizes == [try status(pool.path(of: volume)).size])
    }

    @Test func `50 volumes are created, listed and deleted concurrently`() async throws {
        let pool = try Pool(existing: false)
        let volumes = (1...50).map { _ in VolumeID.random() }
        try await withThrowingTaskGroup { group in
            for volume in volumes { group.addTask { try await pool.create(volume, bytes: mebibyte) } }
            try await group.waitForAll()
        }
        #expect(Set(try await pool.driver.list().map(\.id)) == Set(volumes))
        try await withThrowingTaskGroup { group in
            for volume in volumes { group.addTask { try await pool.delete(volume) } }
            try await group.waitForAll()
        }
        #expect(try await pool.driver.list().isEmpty)
    }

    @Test func `a create waits for a concurrent one that fails, and creates the file again`() async throws {
        let pool = try Pool()
        let path = pool.path(of: volume)
        let other = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
        try #require(flock(other, LOCK_EX) == 0)
        let attempt = Task { try await pool.create(volume, bytes: mebibyte) }
        // A waiting create has the file closed, so that the wait can't be observed.
        try await Task.sleep(for: .milliseconds(50))
        #expect(try status(path).size == 0)
        try #require(unlink(path) == 0)
        close(other)
        try await attempt.value
        #expect(try status(path).size == mebibyte)
    }
}
