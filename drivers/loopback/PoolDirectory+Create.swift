import Glibc
import SystemPackage
import VolumeDriver

extension PoolDirectory {
    /// Creates the volume's file, completes an unfinished one, or verifies an existing one.
    ///
    /// The lock separates two attempts to create a volume: otherwise one that fails could remove the file of one that
    /// has succeeded.
    func create(_ volume: VolumeID, size: ByteCount) throws(DriverError) {
        let locked = try lockedFile(of: volume)
        switch locked.size {
        case size.bytes:
            try adopt(locked.file, as: volume)
        case 0:
            let room = try reserveRoom(for: size.bytes) { () throws(DriverError) in
                remainder(afterRemoving: volume)
            }
            defer { withExtendedLifetime(room) {} }
            try complete(locked.file, as: volume, size: size)
        default:
            throw DriverError(
                .refused,
                "volume file '\(path(of: volume))' has \(locked.size) bytes, not \(size.bytes)",
                remedy: "request its size, or delete the volume first"
            )
        }
    }

    /// Makes the file durable, in case the attempt that created it died before that.
    private func adopt(_ file: borrowing OpenFile, as volume: VolumeID) throws(DriverError) {
        do throws(Errno) {
            try file.synchronize()
            try directory.synchronize()
        } catch {
            let path = path(of: volume)
            throw DriverError(error, "cannot write volume file '\(path)' to its disk", leftBehind: "'\(path)'")
        }
    }

    private func complete(
        _ file: borrowing OpenFile,
        as volume: VolumeID,
        size: ByteCount
    ) throws(DriverError) {
        do throws(Errno) {
            if options.allocation == .full { try file.allocate(size.bytes) }
            try file.resize(to: size.bytes)
            try file.synchronize()
            try directory.synchronize()
        } catch {
            throw DriverError(
                error,
                "cannot make volume file '\(path(of: volume))' of \(size.bytes) bytes",
                leftBehind: remainder(afterRemoving: volume)
            )
        }
    }

    private func remainder(afterRemoving volume: VolumeID) -> String? {
        do throws(Errno) {
            try directory.remove(volume.backendName)
            try directory.synchronize()
            return nil
        } catch {
            return "'\(path(of: volume))', unfinished; its removal failed: \(error.explanation)"
        }
    }
}

// MARK: - Opening the file

extension PoolDirectory {
    /// A volume's file that is locked until it is closed.
    private struct LockedFile: ~Copyable {
        let file: OpenFile
        let size: Int64
    }

    /// Opens and locks the volume's file, creating it if needed.
    private func lockedFile(of volume: VolumeID) throws(DriverError) -> LockedFile {
        var mayWait = false
        while true {
            // Waits with the file closed, because the holder of the lock may check whether anything else has it open.
            if mayWait { usleep(2000) }
            guard let file = try openFile(of: volume) else { continue }
            let status: Stat
            do throws(Errno) {
                mayWait = try !file.tryToLock()
                if mayWait { continue }
                status = try file.status()
            } catch {
                let path = path(of: volume)
                throw DriverError(error, "cannot lock volume file '\(path)'", leftBehind: "'\(path)'")
            }
            // The previous holder of the lock may have failed and removed the file, or renamed it.
            guard try isStill(status, .volume(volume)) else { continue }
            try checkIsVolume(status, .volume(volume))
            return LockedFile(file: file, size: status.size)
        }
    }

    /// Opens the volume's file, creating it if needed; returns `nil` if it vanished in between.
    private func openFile(of volume: VolumeID) throws(DriverError) -> OpenFile? {
        do throws(Errno) {
            return try directory.open(volume.backendName, .writeOnly, [.create, .exclusiveCreate])
        } catch {
            guard error == .fileExists else {
                throw DriverError(error, "cannot make volume file '\(path(of: volume))'")
            }
        }
        // Checks the file before it is opened, because opening a device can have effects, and again afterwards, because
        // names can be swapped.
        guard let status = try status(of: volume) else { return nil }
        try checkIsVolume(status, .volume(volume))
        do throws(Errno) {
            return try directory.open(volume.backendName, .writeOnly, .nonBlocking)
        } catch {
            guard error == .noSuchFileOrDirectory else {
                throw DriverError(error, "cannot open volume file '\(path(of: volume))'")
            }
            return nil
        }
    }
}
