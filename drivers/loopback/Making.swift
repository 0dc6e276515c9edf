import SystemPackage
import VolumeDriver

/// An unfinished file of an object, which nobody takes for complete before it is published.
///
/// Its name says which object it belongs to, so that the remains of a killed process are seen as partial, and completed
/// or removed by the next call for the object.
final class Making: Sendable {
    let pool: PoolDirectory
    let held: HeldFile
    let name: PoolFileName

    private init(_ pool: consuming PoolDirectory, _ name: PoolFileName, _ held: HeldFile) {
        self.pool = pool
        self.name = name
        self.held = held
    }

    /// Starts creating an object; returns `nil` if it exists.
    ///
    /// - Parameter size: the size that an existing object has to have; `nil` for any.
    /// - Throws: `refused` if it exists with another size.
    static func object(
        _ name: PoolFileName,
        size: ByteCount?,
        in pool: consuming PoolDirectory
    ) throws(DriverError) -> Making? {
        if try pool.isThere(name, size: size) { return nil }
        let held = try HeldFile.partial(of: name, in: pool)
        // The previous holder of the lock may have created it.
        if try pool.isThere(name, size: size) {
            try Making(pool, name, held).abandon()
            return nil
        }
        return Making(pool, name, held)
    }

    /// Starts creating a replacement of an existing object.
    static func replacement(
        of name: PoolFileName,
        in pool: consuming PoolDirectory
    ) throws(DriverError) -> Making {
        let held = try HeldFile.partial(of: name, in: pool)
        return Making(pool, name, held)
    }

    /// Fills the file from another one of the same format, if there is enough space.
    ///
    /// - Parameters:
    ///   - length: how many bytes of `source` to copy.
    ///   - size: the length of the file; `nil` for `length`.
    func fill(
        from source: borrowing OpenFile,
        length: Int64,
        size: Int64? = nil,
        options: TransferOptions = TransferOptions()
    ) throws(DriverError) {
        let size = size ?? length
        var copy = FileCopy(
            isSharing: pool.options.allocation == .sparse,
            pace: Pace(options, total: length)
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
                "cannot fill file '\(path)': its source was truncated meanwhile",
                remedy: "find what writes to the source with `fuser -v`, and try again"
            )
        }
    }

    /// Sets the length of the file, and allocates its space if configured.
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

    /// Throws unless the file has exactly this virtual size, whatever the tool reported.
    ///
    /// - Parameter sector: the unit to which tools may round up sizes.
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
                remedy: "run `qemu-img` by hand"
            )
        }
    }

    /// Gives the file its name durably.
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
                    remedy: "try again, unless it was removed on purpose"
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

    /// Removes the file, and returns the same error with what is left behind.
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
    /// Whether the object exists and is complete; removes the remains of a create that was cut short.
    fileprivate func isThere(
        _ name: PoolFileName,
        size: ByteCount?
    ) throws(DriverError) -> Bool {
        guard let status = try status(of: name) else { return false }
        try checkIsVolume(status, name)
        guard let found = try self.size(of: name, status), found > .zero else {
            try removeUnfinished(name)
            return false
        }
        guard size == nil || found == size else {
            throw DriverError(
                .refused,
                "file '\(path(of: name))' exists with \(found.bytes) bytes, not \(size?.bytes ?? 0)",
                remedy: "request its size, or delete it first"
            )
        }
        do throws(Errno) {
            try directory.synchronize()
        } catch {
            throw DriverError(error, "cannot write pool directory '\(path)' to its disk")
        }
        return true
    }

    private func removeUnfinished(_ name: PoolFileName) throws(DriverError) {
        guard let held = try HeldFile.existing(name, in: self, .readOnly) else { return }
        defer { withExtendedLifetime(held) {} }
        if held.status.size == 0 { return try remove(name) }
        // A foreign file, or one of another format than the pool's, must not be overwritten.
        if try size(of: name, held.status) == nil {
            throw DriverError(
                .refused,
                "'\(path(of: name))' is not a volume of format '\(options.format.rawValue)'",
                remedy: "configure the format of the pool's existing volumes, or move the file away"
            )
        }
    }
}
