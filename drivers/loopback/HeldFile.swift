import Glibc
import SystemPackage
import VolumeDriver

/// A file that is locked against other calls. The lock ends with the last reference, or with the process.
final class HeldFile: Sendable {
    let file: OpenFile
    /// The state of the file when it was locked.
    let status: Stat

    private init(_ file: consuming OpenFile, _ status: Stat) {
        self.file = file
        self.status = status
    }

    /// A file that is locked already, or needs no lock.
    convenience init(reading file: consuming OpenFile) throws(Errno) {
        let status = try file.status()
        self.init(file, status)
    }

    /// How long a call that removes or replaces a file waits for its users, in steps of 2 ms.
    private static let removalSteps = 5000

    /// Locks the file of an existing volume.
    ///
    /// - Throws: `notFound` if there is none.
    static func volume(
        _ volume: VolumeID,
        in pool: borrowing PoolDirectory
    ) throws(DriverError) -> HeldFile {
        guard let held = try existing(.volume(volume), in: pool, .readWrite) else {
            throw DriverError(.notFound, "there is no volume file '\(pool.path(of: volume))'")
        }
        return held
    }

    /// Locks an existing file; returns `nil` if there is none.
    ///
    /// - Parameter waits: whether to wait for other calls that have it locked.
    static func existing(
        _ name: PoolFileName,
        in pool: borrowing PoolDirectory,
        _ access: FileDescriptor.AccessMode,
        waits: Bool = true
    ) throws(DriverError) -> HeldFile? {
        while true {
            // Checks the file before it is opened, because opening a device can have effects, and again afterwards,
            // because names can be swapped.
            guard let status = try pool.status(of: name) else { return nil }
            try pool.checkIsVolume(status, name)
            let held: HeldFile?
            do throws(Errno) {
                held = try locked(waits: waits) { () throws(Errno) in
                    try pool.directory.open(name.text, access, .nonBlocking)
                }
            } catch {
                if error == .noSuchFileOrDirectory { continue }
                throw DriverError(error, "cannot lock file '\(pool.path(of: name))'")
            }
            guard let held else { throw pool.isInUse(name) }
            // The previous holder of the lock may have removed, renamed or replaced the file.
            guard try pool.isStill(held.status, name) else { continue }
            try pool.checkIsVolume(held.status, name)
            return held
        }
    }

    /// Creates and locks the empty file in which an object is made. It does no harm if this process dies.
    static func partial(
        of name: PoolFileName,
        in pool: borrowing PoolDirectory
    ) throws(DriverError) -> HeldFile {
        let name = PoolFileName.partial(name)
        while true {
            let held: HeldFile?
            do throws(Errno) {
                held = try locked { () throws(Errno) in
                    try pool.directory.open(name.text, .readWrite, [.create, .nonBlocking])
                }
            } catch {
                throw DriverError(error, "cannot make file '\(pool.path(of: name))'")
            }
            guard let held else { throw pool.isInUse(name) }
            // The previous holder of the lock may have completed the file, which must not be touched under its final
            // name.
            guard try pool.isStill(held.status, name) else { continue }
            try pool.checkIsVolume(held.status, name)
            do throws(Errno) {
                try held.file.resize(to: 0)
            } catch {
                throw DriverError(error, "cannot empty file '\(pool.path(of: name))'")
            }
            return held
        }
    }

    /// Locks the volume's file if it can be opened, which is not necessary to remove it.
    static func lockingForRemoval(
        _ volume: VolumeID,
        in pool: borrowing PoolDirectory
    ) throws(DriverError) -> HeldFile? {
        let held: HeldFile?
        do throws(Errno) {
            held = try locked { () throws(Errno) in
                try pool.directory.open(volume.backendName, .readOnly, .nonBlocking)
            }
        } catch {
            if [.noSuchFileOrDirectory, .permissionDenied].contains(error) { return nil }
            throw DriverError(error, "cannot lock volume file '\(pool.path(of: volume))'")
        }
        guard let held else { throw pool.isInUse(.volume(volume)) }
        return held
    }

    /// Returns `nil` if others keep the lock for too long, or have it and this does not wait, or the task is cancelled.
    ///
    /// The file is closed while waiting, because the holder of the lock may check whether anything else has it open.
    private static func locked(
        waits: Bool = true,
        _ open: () throws(Errno) -> OpenFile
    ) throws(Errno) -> HeldFile? {
        for step in 0...removalSteps {
            if let held = try lockedNow(open()) { return held }
            if !waits || Task.isCancelled || step == removalSteps { return nil }
            usleep(2000)
        }
        return nil
    }

    private static func lockedNow(_ file: consuming OpenFile) throws(Errno) -> HeldFile? {
        guard try file.tryToLock() else { return nil }
        let status = try file.status()
        return HeldFile(file, status)
    }
}

extension PoolDirectory {
    /// Whether the name still belongs to the file.
    func isStill(_ file: Stat, _ name: PoolFileName) throws(DriverError) -> Bool {
        guard let status = try status(of: name) else { return false }
        return status.inode == file.inode && status.deviceID == file.deviceID
    }

    fileprivate func isInUse(_ name: PoolFileName) -> DriverError {
        if Task.isCancelled {
            return DriverError(.cancelled, "cancelled while waiting for file '\(path(of: name))'")
        }
        return DriverError(
            .busy,
            "file '\(path(of: name))' is being created, copied or changed by another call",
            remedy: "try again later; `fuser -v '\(path(of: name))'` shows what has it open"
        )
    }

    /// Throws unless the file can be trusted to be a volume's.
    func checkIsVolume(_ status: Stat, _ name: PoolFileName) throws(DriverError) {
        guard let flaw = status.flawAsVolume else { return }
        throw DriverError(
            .refused,
            "'\(path(of: name))' is \(flaw), not a volume",
            remedy: "find out where it came from, and move it away"
        )
    }
}
