import SystemPackage
import VolumeDriver

extension PoolDirectory {
    /// Removes the volume's file; that it is not there is success.
    ///
    /// - Parameter blockDevices: where the kernel lists the loop devices, of which none may be bound to the file.
    func delete(_ volume: VolumeID, unlessBoundAmong blockDevices: String) throws(DriverError) {
        if let status = try status(of: volume) {
            guard status.type == .regular else {
                throw DriverError(
                    .refused,
                    "cannot delete '\(path(of: volume))': it is \(status.type.words), not a volume",
                    remedy: "find out who put it there, and move it away"
                )
            }
            try checkIsUnbound(status, volume, blockDevices)
        }
        do throws(Errno) {
            try directory.remove(volume.backendName)
            // Also of what was gone already: who removed it may not have lived to do this.
            try directory.synchronize()
        } catch {
            let path = path(of: volume)
            throw DriverError(error, "cannot delete volume file '\(path)'", leftBehind: "'\(path)'")
        }
    }

    private func checkIsUnbound(
        _ status: Stat,
        _ volume: VolumeID,
        _ blockDevices: String
    ) throws(DriverError) {
        let device: BoundLoopDevice?
        do throws(Errno) {
            device = try BoundLoopDevice.serving(status, named: volume.backendName, among: blockDevices)
        } catch {
            throw DriverError(error, "cannot tell from '\(blockDevices)' if '\(path(of: volume))' is in use")
        }
        guard let device else { return }
        throw DriverError(
            .busy,
            "volume file '\(path(of: volume))' is bound to '\(device.path)'",
            remedy: "`losetup -d \(device.path)`, after unmounting what is on it"
        )
    }
}
