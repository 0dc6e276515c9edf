import Glibc
import Identity
import SystemPackage
import TestKit
import Testing
import VolumeDriver

/// Something other than a volume's file in its place.
enum Intruder: CaseIterable {
    case symbolicLink, danglingLink, fifo, directory, hardLink

    /// - Parameter precious: the file to which a link leads.
    func place(at path: String, precious: String) throws {
        switch self {
        case .symbolicLink: try #require(symlink(precious, path) == 0)
        case .danglingLink: try #require(symlink(precious + ".new", path) == 0)
        case .fifo: try #require(mkfifo(path, 0o600) == 0)
        case .directory: try #require(mkdir(path, 0o700) == 0)
        case .hardLink: try #require(link(precious, path) == 0)
        }
    }

    var words: String {
        switch self {
        case .symbolicLink, .danglingLink: "a symbolic link"
        case .fifo: "a FIFO"
        case .directory: "a directory"
        case .hardLink: "a file with 2 names"
        }
    }
}

@Suite(.scratchDirectory)
struct IntruderTests {
    let volume = VolumeID.random()

    @Test(arguments: Intruder.allCases, [true, false])
    func `an intruder is not taken for a volume`(intruder: Intruder, isEmpty: Bool) async throws {
        let pool = try Pool()
        let precious = try placed(intruder, in: pool, content: isEmpty ? "" : "precious")
        let before = try status(pool.path(of: volume))
        let error = await #expect(throws: DriverError.self) { try await pool.create(volume, bytes: 4096) }
        #expect(error?.code == .refused)
        #expect(error?.message.contains(intruder.words) == true)
        #expect(error?.message.contains("'\(pool.path(of: volume))'") == true)
        #expect(error?.remedy != nil)
        #expect(try read(precious) == (isEmpty ? "" : "precious"))
        #expect(!exists(precious + ".new"))
        #expect(try status(pool.path(of: volume)).rawValue.st_ino == before.rawValue.st_ino)
    }

    @Test(arguments: Intruder.allCases.filter { $0 != .hardLink })
    func `an intruder is not deleted`(intruder: Intruder) async throws {
        let pool = try Pool()
        let precious = try placed(intruder, in: pool)
        let error = await #expect(throws: DriverError.self) { try await pool.delete(volume) }
        #expect(error?.code == .refused)
        #expect(error?.message.contains(intruder.words) == true)
        #expect(exists(pool.path(of: volume)))
        #expect(try read(precious) == "precious")
    }

    @Test func `a file with two names is not deleted, as its data would stay under the other`() async throws {
        let pool = try Pool()
        let precious = try placed(.hardLink, in: pool)
        let error = await #expect(throws: DriverError.self) { try await pool.delete(volume) }
        #expect(error?.code == .refused)
        #expect(error?.remedy?.contains("-inum \(try status(precious).rawValue.st_ino)") == true)
        #expect(exists(pool.path(of: volume)))
        #expect(try read(precious) == "precious")
    }

    @Test(arguments: Intruder.allCases.filter { $0 != .hardLink })
    func `an intruder is reported by inspection`(intruder: Intruder) async throws {
        let pool = try Pool()
        _ = try placed(intruder, in: pool)
        let error = await #expect(throws: DriverError.self) { try await pool.driver.inspect(volume) }
        #expect(error?.code == .broken)
        #expect(error?.message.contains(intruder.words) == true)
    }

    @Test(.enabled(if: isRoot, "needs root, to be another user"))
    func `a file of another user is not taken for a volume`() async throws {
        let pool = try Pool()
        try pool.place(volume, bytes: 0)
        try #require(chown(pool.path(of: volume), 65534, 65534) == 0)
        let error = await #expect(throws: DriverError.self) { try await pool.create(volume, bytes: 4096) }
        #expect(error?.code == .refused)
        #expect(error?.message.contains("a file of user 65534") == true)
        #expect(try status(pool.path(of: volume)).size == 0)
    }

    private func placed(_ intruder: Intruder, in pool: Pool, content: String = "precious") throws -> String {
        let precious = ScratchDirectory.path + "/precious"
        try write(content, to: precious)
        try intruder.place(at: pool.path(of: volume), precious: precious)
        return precious
    }
}
