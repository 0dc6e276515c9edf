internal import FileSystems
internal import FoundationEssentials
public import Identity
public import TaskFlow
public import VolumeAPI
internal import VolumeDriver

extension VolumeService {
    /// Mounts a volume at a directory of this host, and returns when it is mounted, or as `control` says.
    ///
    /// A volume without a signature whose first MiB is zeros gets a file system. One that is mounted there already is given as it is; after a reboot it is
    /// mounted anew.
    ///
    /// - Parameters:
    ///   - reference: a name or an id, whole.
    ///   - directory: an absolute path.
    ///   - fileSystem: what an empty volume gets, and any other has to have; `nil` for ext4 and whatever it has.
    /// - Throws: ``VolumeError``: `notFound`; `notPermitted` for others than root, or where others could exchange the directory;
    ///   `conflict` while the volume is used in another way, or something else is mounted there.
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
                host: ProcessInfo.processInfo.hostName,
                directory: point,
                fileSystem: fileSystem
            )
        }
    }

    /// Unmounts what ``mount(_:at:fileSystem:control:)`` mounted, and returns when the volume is not in use any more, or as
    /// `control` says.
    ///
    /// - Parameter reference: a name or an id, whole.
    /// - Throws: ``VolumeError``: `notFound`; `notPermitted` for others than root; `conflict` while somebody uses the file system.
    /// - Returns: the flow that does it; `nil` if the volume is not mounted.
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
    /// That something else is mounted at a directory.
    static func taken(_ directory: String, _ other: MountedFileSystem) -> DriverError {
        DriverError(
            .refused,
            "'\(directory)' has another file system mounted: \(other.type) of '\(other.source)'",
            remedy: "choose another directory, or unmount what is there"
        )
    }
}

extension VolumeError {
    /// A volume can't be mounted or unmounted, and nothing was begun.
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
