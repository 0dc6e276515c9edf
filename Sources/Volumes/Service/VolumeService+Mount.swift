internal import FileSystems
internal import FoundationEssentials
public import Identity
public import TaskFlow
public import VolumeAPI
internal import VolumeDriver

extension VolumeService {
    /// Mounts a volume at a directory of this host. Returns when it is mounted, unless `control` says otherwise.
    ///
    /// A volume without a signature whose first MiB is zeros gets a file system. Idempotent: mounting a volume that is
    /// mounted at the directory returns the existing attachment. After a reboot it is mounted again.
    ///
    /// - Parameters:
    ///   - reference: a complete name or id.
    ///   - directory: an absolute path.
    ///   - fileSystem: the file system that an empty volume gets and any other must have; `nil` for any, and for ext4
    ///     on an empty volume.
    /// - Throws: ``VolumeError``: `notFound`; `notPermitted` for users other than root, or if another user could
    ///   replace the directory; `conflict` while the volume is used in another way, or something else is mounted there.
    public func mount(
        _ reference: String,
        at directory: String,
        fileSystem: FileSystemType? = nil,
        control: RequestControl = RequestControl()
    ) async throws(VolumeError) -> Attachment {
        let volume = try await volume(named: reference)
        let point: String
        do {
            point = try MountPoint(checking: directory).path
            let used = try await attachment(of: volume)
            let isOurs = used?.kind == .mounted && used?.mountPoint == point
            if !isOurs, let other = try MountTable.read().fileSystem(at: point) {
                throw DriverError.taken(point, other)
            }
        } catch {
            throw VolumeError(volume, "mounted", error)
        }
        return try await use(reference, as: .mounted, at: point, by: catalog.mount, control) {
            MountVolumeRequest(
                volume: $0,
                host: useHost,
                directory: point,
                fileSystem: fileSystem
            )
        }
    }

    /// Unmounts a volume that ``mount(_:at:fileSystem:control:)`` mounted. Returns when the volume is no longer in use,
    /// unless `control` says otherwise.
    ///
    /// - Parameter reference: a complete name or id.
    /// - Throws: ``VolumeError``: `notFound`; `notPermitted` for users other than root; `conflict` while a process uses
    ///   the file system.
    /// - Returns: the flow that unmounts it; `nil` if the volume is not mounted.
    @discardableResult
    public func unmount(
        _ reference: String,
        control: RequestControl = RequestControl()
    ) async throws(VolumeError) -> FlowID? {
        let volume = try await volume(named: reference)
        guard try await attachment(of: volume)?.kind == .mounted else { return nil }
        do {
            try MountPoint.requirePermission()
        } catch {
            throw VolumeError(volume, "unmounted", error)
        }
        return try await endUse(of: reference, as: .mounted, by: catalog.unmount, control)
    }
}

extension DriverError {
    /// The error for a directory at which something else is mounted.
    static func taken(_ directory: String, _ other: MountedFileSystem) -> DriverError {
        DriverError(
            .refused,
            "'\(directory)' has another file system mounted: \(other.type) of '\(other.source)'",
            remedy: "choose another directory, or unmount what is there"
        )
    }
}

extension VolumeError {
    /// The error for a mount or unmount that was refused before anything began.
    fileprivate init(_ volume: Volume, _ action: String, _ error: any Error) {
        guard let error = error as? DriverError else {
            self.init(translating: error)
            return
        }
        self.init(
            error.code == .refused ? .conflict : VolumeError.Code(error.code),
            "volume \"\(volume.label)\" can't be \(action): \(error.message)",
            cause: error.cause,
            remedies: Remedy.list(error) + [.showVolume(volume.label)]
        )
    }
}
