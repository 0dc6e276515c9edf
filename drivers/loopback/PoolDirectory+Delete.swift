import Glibc
import SystemPackage
import VolumeDriver

extension PoolDirectory {
    /// Removes the volume's file, and the remains of an unfinished copy. Succeeds if they do not exist.
    ///
    /// - Parameter blockDevices: the kernel's list of loop devices, none of which may be bound to the file.
    func delete(
        _ volume: VolumeID,
        unlessBoundAmong blockDevices: String
    ) throws(DriverError) {
        guard let status = try status(of: volume) else { return try remove(.volume(volume)) }
        guard status.type == .regular else {
            throw DriverError(
                .refused,
                "cannot delete '\(path(of: volume))': it is \(status.type.words), not a volume",
                remedy: "find out where it came from, and move it away"
            )
        }
        guard status.linkCount <= 1 else {
            throw DriverError(
                .refused,
                "cannot delete '\(path(of: volume))': the file has \(status.linkCount) names, and its data would stay",
                remedy: "find the others by `find MOUNT-POINT -xdev -inum \(status.inode.rawValue)`, and remove them"
            )
        }
        // Waits for calls that create or copy the volume.
        let lock = try HeldFile.lockingForRemoval(volume, in: self)
        defer { withExtendedLifetime(lock) {} }
        try checkHasNoSnapshots(volume)
        try checkIsUnbound(status, volume, blockDevices)
        try checkIsUnused(lock, status, volume)
        try remove(.volume(volume))
    }

    /// Removes a file, and the remains of an unfinished one.
    func remove(_ name: PoolFileName) throws(DriverError) {
        do throws(Errno) {
            try directory.remove(name.text)
            try directory.remove(PoolFileName.partial(name).text)
            // Also for a file that is gone already, because the process that removed it may have died before this.
            try directory.synchronize()
        } catch {
            let path = path(of: name)
            throw DriverError(error, "cannot delete file '\(path)'", leftBehind: "'\(path)'")
        }
    }

    /// Removes the remains of an unfinished file.
    func removePartial(_ name: PoolFileName) throws(DriverError) {
        do throws(Errno) {
            try directory.remove(PoolFileName.partial(name).text)
        } catch {
            throw DriverError(error, "cannot delete file '\(path(of: .partial(name)))'")
        }
    }

    /// Throws `busy` if the volume has snapshots. The directory, which may be long, is read only for volumes that ever
    /// had any.
    func checkHasNoSnapshots(_ volume: VolumeID) throws(DriverError) {
        let mark = Self.snapshotMark(of: volume)
        do throws(Errno) {
            guard try directory.status(of: mark) != nil else { return }
        } catch {
            throw DriverError(error, "cannot determine whether '\(path(of: volume))' has snapshots")
        }
        let end = "." + volume.backendName
        let names = try fileNames { $0.hasSuffix(end) }
        if let first = names.first {
            throw DriverError(
                .busy,
                "volume file '\(path(of: volume))' has snapshots: \(names.count), one is '\(first.text)'",
                remedy: "delete its snapshots first",
                mayRetry: false
            )
        }
        do throws(Errno) {
            try directory.remove(mark)
        } catch {
            throw DriverError(error, "cannot delete file '\(path.appending(mark))'")
        }
    }

    /// Notes that the volume has snapshots, before the first one exists. Call it while the volume is held.
    func noteSnapshots(of volume: VolumeID) throws(DriverError) {
        let mark = Self.snapshotMark(of: volume)
        do throws(Errno) {
            guard try directory.status(of: mark) == nil else { return }
            _ = try directory.open(mark, .readWrite, [.create, .nonBlocking])
            try directory.synchronize()
        } catch {
            throw DriverError(error, "cannot make file '\(path.appending(mark))'")
        }
    }

    private static func snapshotMark(of volume: VolumeID) -> String { ".has-snapshots.\(volume.backendName)" }

    /// Throws `busy` if a loop device is bound to the volume's file.
    func checkIsUnbound(_ status: Stat, _ volume: VolumeID, _ blockDevices: String) throws(DriverError) {
        guard let device = try boundDevices(status, volume, blockDevices).first else { return }
        throw DriverError(
            .busy,
            "volume file '\(path(of: volume))' is bound to '\(device.path)'",
            remedy: "`losetup -d \(device.path)`, after unmounting its file system"
        )
    }

    /// Throws `busy` if QEMU has the volume's file open, for an export or a virtual machine.
    func checkIsClosed(_ held: HeldFile, _ volume: VolumeID) throws(DriverError) {
        // An ending process closes the file a moment later.
        for _ in 1...200 {
            guard try isOpenInQEMU(held, volume) else { return }
            usleep(5000)
        }
        throw DriverError(
            .busy,
            "volume file '\(path(of: volume))' is open in QEMU",
            remedy: "end its export, or what else uses it: `fuser -v '\(path(of: volume))'`"
        )
    }

    /// Throws `busy` if any program has the volume's file open, because it would not notice the change.
    ///
    /// - Parameter held: the file; `nil` if this user can't open it.
    func checkIsUnused(_ held: HeldFile?, _ status: Stat, _ volume: VolumeID) throws(DriverError) {
        if let held { try checkIsClosed(held, volume) }
        try FileUsers.check(held, status, at: path(of: volume))
    }

    /// Whether QEMU has the volume's file open.
    func isOpenInQEMU(_ held: HeldFile, _ volume: VolumeID) throws(DriverError) -> Bool {
        do throws(Errno) {
            return try held.file.isOpenInQEMU()
        } catch {
            throw DriverError(error, "cannot determine whether '\(path(of: volume))' is in use")
        }
    }

    /// Returns the loop devices that are bound to the volume's file.
    func boundDevices(
        _ status: Stat,
        _ volume: VolumeID,
        _ blockDevices: String
    ) throws(DriverError) -> [BoundLoopDevice] {
        do throws(Errno) {
            return try BoundLoopDevice.serving(status, named: volume.backendName, among: blockDevices)
        } catch {
            throw DriverError(error, "cannot determine from '\(blockDevices)' whether '\(path(of: volume))' is in use")
        }
    }
}
