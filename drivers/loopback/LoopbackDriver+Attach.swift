public import Identity
import SystemPackage
public import VolumeDriver

extension LoopbackDriver: ReadOnlyAttachingDriver {
    /// Binds a loop device to a raw volume's file; one that is attached read-only refuses writes. Without the permission, and
    /// for qcow2, the attachment is the file itself, unless it has to be read-only.
    public func attach(
        _ volume: VolumeID,
        isReadOnly: Bool,
        operation: OperationID
    ) async throws(DriverError) -> LocalAttachment {
        try await blocking { () throws(DriverError) in
            guard let pool = try openPool() else { throw missing(volume) }
            // Keeps two calls from binding a device each.
            let held = try HeldFile.volume(volume, in: pool)
            defer { withExtendedLifetime(held) {} }
            try DriverError.checkCancellation(of: "attach volume '\(volume)'")
            try refuseIfExported(volume, held, in: pool)
            guard let size = try pool.size(of: .volume(volume), held.status), size > .zero else {
                throw missing(volume)
            }
            let file = LocalAttachment(path: pool.path(of: volume), format: options.format, isDevice: false)
            guard options.format == .raw, loopDevices.areUsable else {
                if isReadOnly { throw cannotProtect(file.path) }
                return file
            }
            if let device = try pool.boundDevices(held.status, volume, loopDevices.blockDevices).first {
                let attachment = loopDevices.attachment(device)
                guard attachment.isReadOnly != isReadOnly else { return attachment }
                throw DriverError(
                    .busy,
                    "volume file '\(file.path)' is attached at '\(device.path)', "
                        + (isReadOnly ? "for writing" : "read-only"),
                    remedy: "detach it first"
                )
            }
            // A separate descriptor: the kernel would keep the locked one open, and the lock with it.
            let backing: OpenFile
            do throws(Errno) {
                backing = try pool.directory.open(volume.backendName, isReadOnly ? .readOnly : .readWrite, [])
            } catch {
                throw DriverError(error, "cannot open volume file '\(file.path)'")
            }
            if let device = try loopDevices.bind(backing, at: file.path, isReadOnly: isReadOnly) {
                return LocalAttachment(path: device.path, isDevice: true, isReadOnly: isReadOnly)
            }
            if isReadOnly { throw cannotProtect(file.path) }
            return file
        }
    }

    /// Frees every device that is bound to the volume's file.
    public func detach(_ volume: VolumeID, operation: OperationID) async throws(DriverError) {
        try await blocking { () throws(DriverError) in
            guard let pool = try openPool() else { return }
            let name = PoolFileName.volume(volume)
            guard let held = try HeldFile.existing(name, in: pool, .readOnly) else { return }
            defer { withExtendedLifetime(held) {} }
            try loopDevices.release(pool.boundDevices(held.status, volume, loopDevices.blockDevices))
        }
    }

    /// Returns the device that is bound to the volume's file.
    public func attachment(of volume: VolumeID) async throws(DriverError) -> LocalAttachment? {
        try await blocking { () throws(DriverError) in
            guard let pool = try openPool(), let status = try pool.status(of: volume) else {
                return nil
            }
            let device = try pool.boundDevices(status, volume, loopDevices.blockDevices).first
            return device.map(loopDevices.attachment)
        }
    }
}

extension LoopbackDriver {
    private func cannotProtect(_ path: String) -> DriverError {
        DriverError(
            .refused,
            "nothing would keep programs from writing to '\(path)'",
            cause: "it is a file here, because loop devices need root and a raw volume",
            remedy: "attach it as root, in a pool of raw volumes"
        )
    }
}
