internal import FileSystems
internal import VolumeAPI
internal import VolumeDriver

/// A volume's device at a directory. The kernel's table is the truth about it.
struct Mount: Sendable {
    private let access: VolumeAccess
    private let directory: String
    private let tools = FileSystemTools()

    init(_ access: VolumeAccess, at directory: String) {
        (self.access, self.directory) = (access, directory)
    }

    /// Whether the device is what is seen at the directory. A device that has disappeared is not.
    func exists() throws(DriverError) -> Bool {
        do {
            let device = try DeviceNumber(of: access.address)
            return try MountTable.read().fileSystem(at: directory)?.device == device
        } catch {
            guard error.code == .notFound else { throw error }
            return false
        }
    }

    /// Mounts the device. That it is mounted already is success.
    ///
    /// - Throws: `refused` while another file system is mounted there.
    func make() async throws(DriverError) {
        if try exists() { return }
        let point = try MountPoint(checking: directory)
        if let other = try MountTable.read().fileSystem(at: point.path) {
            throw DriverError.taken(point.path, other)
        }
        try await tools.mount(access.address, at: point.path)
        guard try exists() else {
            throw DriverError(.broken, "mount says that it is done, but '\(directory)' is not '\(access.address)'")
        }
    }

    /// Unmounts the device. That it isn't mounted is success.
    ///
    /// - Throws: `busy` while somebody uses the file system.
    func remove() async throws(DriverError) {
        guard try exists() else { return }
        try await tools.unmount(directory)
        guard try !exists() else {
            throw DriverError(
                .broken,
                "umount says that it is done, but '\(access.address)' is still mounted at '\(directory)'",
                leftBehind: directory
            )
        }
    }
}
