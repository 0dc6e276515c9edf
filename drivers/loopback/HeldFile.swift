import Glibc
import SystemPackage
import VolumeDriver

/// A file that no other attempt has while this is held: the lock goes with the last reference, or with the process.
final class HeldFile: Sendable {
    let file: OpenFile
    /// What it was when it was locked.
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

    /// How long who removes or replaces a file waits for those who use it, in steps of 2 ms.
    private static let removalSteps = 5000

    /// The volume's file, which is there.
    ///
    /// - Throws: `notFound` when it isn't.
    static func volume(
        _ volume: VolumeID,
        in pool: borrowing PoolDirectory,
        _ cancellation: Cancellation
    ) throws(DriverError) -> HeldFile {
        guard let held = try existing(.volume(volume), in: pool, .readWrite, cancellation) else {
            throw DriverError(.notFound, "there is no volume file '\(pool.path(of: volume))'")
        }
        return held
    }

    /// A file that is there; `nil` when it isn't.
    static func existing(
        _ name: PoolFileName,
        in pool: borrowing PoolDirectory,
        _ access: FileDescriptor.AccessMode,
        _ cancellation: Cancellation
    ) throws(DriverError) -> HeldFile? {
        while true {
            // Looked at first, as opening a device can do things; and again when open, as names can be swapped.
            guard let status = try pool.status(of: name) else { return nil }
            try pool.checkIsVolume(status, name)
            let held: HeldFile?
            do throws(Errno) {
                held = try locked(cancellation) { () throws(Errno) in
                    try pool.directory.open(name.text, access, .nonBlocking)
                }
            } catch {
                if error == .noSuchFileOrDirectory { continue }
                throw DriverError(error, "cannot lock file '\(pool.path(of: name))'")
            }
            guard let held else { throw pool.isInUse(name, cancellation) }
            // Whoever had the lock may have removed or renamed the file, or put another in its place.
            guard try pool.isStill(held.status, name) else { continue }
            try pool.checkIsVolume(held.status, name)
            return held
        }
    }

    /// The file in which an object is made, empty; it is in nobody's way if this process dies.
    static func partial(
        of name: PoolFileName,
        in pool: borrowing PoolDirectory,
        _ cancellation: Cancellation
    ) throws(DriverError) -> HeldFile {
        let name = PoolFileName.partial(name)
        while true {
            let held: HeldFile?
            do throws(Errno) {
                held = try locked(cancellation) { () throws(Errno) in
                    try pool.directory.open(name.text, .readWrite, [.create, .nonBlocking])
                }
            } catch {
                throw DriverError(error, "cannot make file '\(pool.path(of: name))'")
            }
            guard let held else { throw pool.isInUse(name, cancellation) }
            // Whoever had the lock may have completed the file: by now it has its own name, and must not be touched.
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

    /// A lock on the volume's file if it can be opened, which to remove it one does not have to.
    static func lockingForRemoval(
        _ volume: VolumeID,
        in pool: borrowing PoolDirectory,
        _ cancellation: Cancellation
    ) throws(DriverError) -> HeldFile? {
        let held: HeldFile?
        do throws(Errno) {
            held = try locked(cancellation) { () throws(Errno) in
                try pool.directory.open(volume.backendName, .readOnly, .nonBlocking)
            }
        } catch {
            if [.noSuchFileOrDirectory, .permissionDenied].contains(error) { return nil }
            throw DriverError(error, "cannot lock volume file '\(pool.path(of: volume))'")
        }
        guard let held else { throw pool.isInUse(.volume(volume), cancellation) }
        return held
    }

    /// `nil` when others keep it for too long, or the task is cancelled.
    ///
    /// Who waits has the file closed: who has it looks whether anybody uses it.
    private static func locked(
        _ cancellation: Cancellation,
        _ open: () throws(Errno) -> OpenFile
    ) throws(Errno) -> HeldFile? {
        for step in 0...removalSteps {
            if let held = try lockedNow(open()) { return held }
            if cancellation.isCancelled || step == removalSteps { return nil }
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
    /// Whether the name is that of the file still.
    func isStill(_ file: Stat, _ name: PoolFileName) throws(DriverError) -> Bool {
        guard let status = try status(of: name) else { return false }
        return status.inode == file.inode && status.deviceID == file.deviceID
    }

    fileprivate func isInUse(_ name: PoolFileName, _ cancellation: Cancellation) -> DriverError {
        if cancellation.isCancelled {
            return DriverError(.cancelled, "cancelled while waiting for file '\(path(of: name))'")
        }
        return DriverError(
            .busy,
            "file '\(path(of: name))' is being made, copied or changed by another call",
            remedy: "try again later; `fuser -v '\(path(of: name))'` says who has it open"
        )
    }

    /// Fails unless the file can be trusted to be what its name says.
    func checkIsVolume(_ status: Stat, _ name: PoolFileName) throws(DriverError) {
        guard let flaw = status.flawAsVolume else { return }
        throw DriverError(
            .refused,
            "'\(path(of: name))' is \(flaw), not a volume",
            remedy: "find out who put it there, and move it away"
        )
    }
}
