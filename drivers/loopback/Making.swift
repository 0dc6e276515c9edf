import SystemPackage
import VolumeDriver

/// A file that is being made beside the place where it will be: nobody takes it for complete before it is.
///
/// Its name tells whose it is, so that what a killed process leaves is seen as partial, and taken up or removed by the
/// next call for the same object.
final class Making: Sendable {
    let pool: PoolDirectory
    let held: HeldFile
    let name: PoolFileName

    private init(_ pool: consuming PoolDirectory, _ name: PoolFileName, _ held: HeldFile) {
        self.pool = pool
        self.name = name
        self.held = held
    }

    /// Begins to make an object that isn't there; `nil` when it is.
    ///
    /// - Parameter size: the size that it has to have if it is there; `nil` for any.
    /// - Throws: `refused` if it is there with another size.
    static func object(
        _ name: PoolFileName,
        size: ByteCount?,
        in pool: consuming PoolDirectory,
        _ cancellation: Cancellation
    ) throws(DriverError) -> Making? {
        if try pool.isThere(name, size: size, cancellation) { return nil }
        let held = try HeldFile.partial(of: name, in: pool, cancellation)
        // Whoever had the lock may have made it.
        if try pool.isThere(name, size: size, cancellation) {
            try Making(pool, name, held).abandon()
            return nil
        }
        return Making(pool, name, held)
    }

    /// Begins to make what will take the place of an object that is there.
    static func replacement(
        of name: PoolFileName,
        in pool: consuming PoolDirectory,
        _ cancellation: Cancellation
    ) throws(DriverError) -> Making {
        let held = try HeldFile.partial(of: name, in: pool, cancellation)
        return Making(pool, name, held)
    }

    /// Fills the file from another, of the same format, and sees that it finds room.
    ///
    /// - Parameters:
    ///   - length: how much of `source` is copied, in bytes of its file.
    ///   - size: how long the file shall be; `nil` for as long as `length`.
    func fill(
        from source: borrowing OpenFile,
        length: Int64,
        size: Int64? = nil,
        options: TransferOptions = TransferOptions(),
        _ cancellation: Cancellation
    ) throws(DriverError) {
        let size = size ?? length
        var copy = FileCopy(
            isSharing: pool.options.allocation == .sparse,
            pace: Pace(options, total: length, cancellation)
        )
        try claimRoom(size)
        let isWhole: Bool
        do throws(Errno) {
            guard try copy.copy(source, to: held.file, length: length) else {
                throw Errno.canceled
            }
            try held.file.resize(to: size)
            isWhole = try source.status().size >= length
        } catch {
            if error == .canceled { throw DriverError(.cancelled, "cancelled while filling file '\(path)'") }
            throw DriverError(error, "cannot fill file '\(path)'")
        }
        guard isWhole else {
            throw DriverError(
                .refused,
                "cannot fill file '\(path)': what it is filled from became shorter meanwhile",
                remedy: "find out by `fuser -v` who writes to that, and try again"
            )
        }
    }

    /// Gives the file its length, and its space where that is taken at once.
    func claimRoom(_ size: Int64) throws(DriverError) {
        let room = try pool.reserveRoom(for: size)
        defer { withExtendedLifetime(room) {} }
        do throws(Errno) {
            if pool.options.allocation == .full { try held.file.allocate(size) }
            try held.file.resize(to: size)
        } catch {
            throw DriverError(error, "cannot make file '\(path)' of \(size) bytes")
        }
    }

    /// Fails unless the file appears to have exactly this size, whatever the tool said that made it.
    ///
    /// - Parameter sector: what tools may round sizes up to.
    func checkSize(_ size: ByteCount, upTo sector: Int64 = 1) throws(DriverError) {
        let status: Stat
        do throws(Errno) {
            status = try held.file.status()
        } catch {
            throw DriverError(error, "cannot look at file '\(path)'")
        }
        let found = try pool.size(of: .partial(name), status) ?? .zero
        guard found >= size, found.bytes - size.bytes < sector else {
            throw DriverError(
                .broken,
                "file '\(path)' was made with \(found.bytes) bytes, not \(size.bytes)",
                remedy: "try `qemu-img` by hand"
            )
        }
    }

    /// Has the file take its place, and be durable there.
    func publish(isReplacing: Bool = false) throws(DriverError) {
        do throws(Errno) {
            try held.file.synchronize()
            try pool.directory.rename(PoolFileName.partial(name).text, to: name.text, isReplacing: isReplacing)
            try pool.directory.synchronize()
        } catch {
            if error == .noSuchFileOrDirectory {
                throw DriverError(
                    .busy,
                    "file '\(path)' was removed while it was made",
                    remedy: "try again, if nobody wants it to be gone"
                )
            }
            throw DriverError(error, "cannot put file '\(path)' in its place")
        }
    }

    /// Removes the file.
    func abandon() throws(DriverError) {
        let name = PoolFileName.partial(name)
        do throws(Errno) {
            try pool.directory.remove(name.text)
        } catch {
            throw DriverError(error, "cannot remove file '\(path)'", leftBehind: "'\(path)'")
        }
    }

    /// The same error, and what is left after the file was removed.
    func abandon(after error: DriverError) -> DriverError {
        do throws(DriverError) {
            try abandon()
            return error
        } catch let removal {
            return DriverError(
                error.code,
                error.message,
                cause: error.cause,
                remedy: error.remedy,
                leftBehind: removal.leftBehind,
                mayRetry: error.mayRetry
            )
        }
    }

    private var path: String { pool.path(of: .partial(name)) }
}

extension PoolDirectory {
    /// Whether the object is there and complete; removes what is left of a create that was cut short.
    fileprivate func isThere(
        _ name: PoolFileName,
        size: ByteCount?,
        _ cancellation: Cancellation
    ) throws(DriverError) -> Bool {
        guard let status = try status(of: name) else { return false }
        try checkIsVolume(status, name)
        guard let found = try self.size(of: name, status), found > .zero else {
            try removeUnfinished(name, cancellation)
            return false
        }
        guard size == nil || found == size else {
            throw DriverError(
                .refused,
                "file '\(path(of: name))' is there with \(found.bytes) bytes, not \(size?.bytes ?? 0)",
                remedy: "ask for the size that it has, or delete it first"
            )
        }
        do throws(Errno) {
            try directory.synchronize()
        } catch {
            throw DriverError(error, "cannot write pool directory '\(path)' to its disk")
        }
        return true
    }

    private func removeUnfinished(_ name: PoolFileName, _ cancellation: Cancellation) throws(DriverError) {
        guard let held = try HeldFile.existing(name, in: self, .readOnly, cancellation) else { return }
        defer { withExtendedLifetime(held) {} }
        if held.status.size == 0 { return try remove(name) }
        // Somebody else's file, or of another format than the pool is configured for: nothing to be written over.
        if try size(of: name, held.status) == nil {
            throw DriverError(
                .refused,
                "'\(path(of: name))' is not a volume of format '\(options.format.rawValue)'",
                remedy: "configure the format that the pool was made with, or move the file away"
            )
        }
    }
}
