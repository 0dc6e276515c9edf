internal import FileSystems
internal import VolumeAPI
internal import VolumeDriver

/// A volume's device mounted at a directory. The kernel's table of mounts decides whether it is.
struct Mount: Sendable {
    private let access: VolumeAccess
    private let directory: String
    private let tools = FileSystemTools()

    init(_ access: VolumeAccess, at directory: String) {
        (self.access, self.directory) = (access, directory)
    }

    /// Whether the directory shows the device's file system; `false` for a device that has disappeared.
    func exists() throws(DriverError) -> Bool {
        do {
            let device = try DeviceNumber(of: access.address)
            return try MountTable.read().fileSystem(at: directory)?.device == device
        } catch {
            guard error.code == .notFound else { throw error }
            return false
        }
    }

    /// Mounts the device. Idempotent.
    ///
    /// - Throws: `refused` while another file system is mounted there.
    func make() async throws(DriverError) {
        if try exists() { return }
        let point = try MountPoint(checking: directory)
        if let other = try MountTable.read().fileSystem(at: point.path) {
            throw DriverError.taken(point.path, other)
        }
        try await tools.mount(access.address, at: point.path, readOnly: access.isReadOnly)
        guard try exists() else {
            throw DriverError(.broken, "mount reported success, but '\(directory)' is not '\(access.address)'")
        }
    }

    /// Unmounts the device. Idempotent.
    ///
    /// - Throws: `busy` while a process uses the file system.
    func remove() async throws(DriverError) {
        guard try exists() else { return }
        try await tools.unmount(directory)
        guard try !exists() else {
            throw DriverError(
                .broken,
                "umount reported success, but '\(access.address)' is still mounted at '\(directory)'",
                leftBehind: directory
            )
        }
    }
}
