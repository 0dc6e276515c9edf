import SystemPackage
import VolumeDriver

extension PoolDirectory {
    /// Verifies that the pool's limits allow for `size` more bytes. While the result is held, no other call can take
    /// the space.
    ///
    /// - Parameters:
    ///   - taken: the part of `size` that is in the pool already.
    ///   - undo: removes what must not stay if there is no space; returns what could not be removed.
    /// - Returns: `nil` without limits.
    func reserveRoom(
        for size: Int64,
        instead taken: Int64 = 0,
        undo: () throws(DriverError) -> String? = { () throws(DriverError) in nil }
    ) throws(DriverError) -> RoomLock? {
        guard options.hasLimit else { return nil }
        let lock = try lockDirectory(undo: undo)
        let usage = try usage()
        let limits = [
            (usage.promised, options.promisedLimit, "promised"),
            (usage.allocated, options.allocation == .full ? options.allocatedLimit : nil, "taken"),
        ]
        for (used, limit, word) in limits {
            guard let limit, limit.bytes - used.bytes < size - taken else { continue }
            throw DriverError(
                .retryableElsewhere,
                "pool directory '\(path)' has no space for \(size) bytes",
                cause: "\(used) of \(limit) are \(word)",
                remedy: "delete volumes, raise the pool's limit, or add a pool",
                leftBehind: try undo()
            )
        }
        return lock
    }
}

extension PoolDirectory {
    /// Locks the directory, waiting for others.
    ///
    /// - Parameter undo: removes what must not stay if the directory can't be locked; returns what could not be
    ///   removed.
    func lockDirectory(
        undo: () throws(DriverError) -> String? = { () throws(DriverError) in nil }
    ) throws(DriverError) -> RoomLock {
        do throws(Errno) {
            let lock = RoomLock(try directory.open(".", .readOnly, .directory))
            try lock.directory.lock()
            return lock
        } catch {
            throw DriverError(error, "cannot lock pool directory '\(path)'", leftBehind: try undo())
        }
    }
}

/// Keeps other calls from taking space in the pool or marking it.
final class RoomLock: Sendable {
    let directory: OpenFile

    init(_ directory: consuming OpenFile) { self.directory = directory }
}
