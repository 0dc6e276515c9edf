public import Identity
public import TaskFlow

/// The requests about the use of volumes; a part of ``VolumeClient``.
public protocol AttachmentClient: Sendable {
    /// Makes a volume accessible on this host. Returns when it is, unless `control` says otherwise.
    ///
    /// - Parameters:
    ///   - reference: a complete name or id.
    ///   - readOnly: whether nobody may write to it; a read-only volume is always attached so.
    ///   - holder: the name of its user; `nil` for one without a name. Only a multiattach volume has several.
    func attach(
        _ reference: String,
        readOnly: Bool,
        holder: VolumeName?,
        control: RequestControl
    ) async throws(VolumeError) -> Attachment
    /// Ends the access that ``attach(_:readOnly:holder:control:)`` gave. Returns the flow that ends it; `nil` if there is
    /// no such attachment.
    ///
    /// - Parameters:
    ///   - reference: a complete name or id.
    ///   - holders: whose attachments end.
    @discardableResult
    func detach(
        _ reference: String,
        from holders: HolderSelection,
        control: RequestControl
    ) async throws(VolumeError) -> FlowID?
    /// Starts a server that gives others access to a volume. Returns when it answers, unless `control` says otherwise.
    ///
    /// - Parameters:
    ///   - reference: a complete name or id.
    ///   - readOnly: whether no client may write to it; a read-only volume is always exported so.
    ///   - holder: the name of its user; `nil` for one without a name. Only a multiattach volume has several.
    func export(
        _ reference: String,
        readOnly: Bool,
        holder: VolumeName?,
        control: RequestControl
    ) async throws(VolumeError) -> Attachment
    /// Ends the server that ``export(_:readOnly:holder:control:)`` started, when the last holder's export ends. Returns the
    /// flow that ends it; `nil` if there is no such export.
    ///
    /// - Parameters:
    ///   - reference: a complete name or id.
    ///   - holders: whose exports end.
    @discardableResult
    func unexport(
        _ reference: String,
        from holders: HolderSelection,
        control: RequestControl
    ) async throws(VolumeError) -> FlowID?
    /// Mounts a volume at a directory of this host. Returns when it is mounted, unless `control` says otherwise.
    ///
    /// - Parameters:
    ///   - reference: a complete name or id.
    ///   - directory: the absolute path of a directory.
    ///   - fileSystem: the file system that the volume gets if it is empty, and has to have if it isn't; `nil` for any, and for
    ///     ext4 on an empty volume.
    func mount(
        _ reference: String,
        at directory: String,
        fileSystem: FileSystemType?,
        control: RequestControl
    ) async throws(VolumeError) -> Attachment
    /// Unmounts a volume that ``mount(_:at:fileSystem:control:)`` mounted. Returns the flow that unmounts it; `nil` if
    /// the volume is not mounted.
    ///
    /// - Parameter reference: a complete name or id.
    @discardableResult
    func unmount(_ reference: String, control: RequestControl) async throws(VolumeError) -> FlowID?
    /// Returns the records of the volume's uses, oldest first; none if it is not in use.
    func attachments(of volume: Volume) async throws(VolumeError) -> [Attachment]
    /// Asks the host for the state of an attachment.
    func state(of attachment: Attachment) async -> AttachmentState
}
