import Identity
import SystemPackage
import VolumeDriver

extension PoolDirectory {
    private static let markName = ".volumectl-pool"
    private static let unfinishedMarkName = ".volumectl-pool.partial"

    private var markPath: String { path.appending(Self.markName).string }

    /// Returns the id in the pool's mark; `nil` if it has none.
    func mark() throws(DriverError) -> PoolID? {
        let content: [UInt8]
        do throws(Errno) {
            guard let status = try directory.status(of: Self.markName) else { return nil }
            guard status.flawAsVolume == nil else { throw Errno.invalidArgument }
            let file = try directory.open(Self.markName, .readOnly, .nonBlocking)
            content = try file.read(64, at: 0)
        } catch {
            if error == .noSuchFileOrDirectory { return nil }
            throw DriverError(error, "cannot read the mark of the pool, '\(markPath)'")
        }
        guard content.last == UInt8(ascii: "\n"), let id = PoolID(String(decoding: content.dropLast(), as: UTF8.self))
        else {
            throw DriverError(
                .broken,
                "cannot read the mark of the pool, '\(markPath)'",
                cause: "it contains no id",
                remedy: "restore the pool's id in the file; the pool's details show it"
            )
        }
        return id
    }

    /// Marks the pool unless it is marked, and returns the id in its mark.
    func mark(as id: PoolID) throws(DriverError) -> PoolID {
        let lock = try lockDirectory()
        defer { withExtendedLifetime(lock) {} }
        let found = try mark()
        do throws(Errno) {
            if found == nil { try writeMark(id) }
            // Also for a mark whose writer died before this.
            try directory.synchronize()
        } catch {
            throw DriverError(error, "cannot mark the pool by '\(markPath)'")
        }
        return found ?? id
    }

    /// Writes under another name until the mark is complete and on the disk, so that no incomplete mark is read.
    private func writeMark(_ id: PoolID) throws(Errno) {
        let file = try directory.open(Self.unfinishedMarkName, .readWrite, [.create, .nonBlocking])
        try file.resize(to: 0)
        try file.write(Array("\(id)\n".utf8), at: 0)
        try file.synchronize()
        try directory.rename(Self.unfinishedMarkName, to: Self.markName)
    }

    /// Throws unless the pool has this mark.
    func check(is pool: PoolID) throws(DriverError) {
        let found = try mark()
        guard found != pool else { return }
        throw DriverError(
            .foreignPool,
            "pool directory '\(path)' is " + (found.map { "another pool, '\($0)'" } ?? "not marked as a pool"),
            cause: "the pool's mark is '\(pool)'",
            remedy: "mount the file system of the pool there, or correct the pool's path in the configuration"
        )
    }
}
