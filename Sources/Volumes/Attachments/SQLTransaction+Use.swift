internal import FoundationEssentials
internal import Identity
internal import SQL
internal import SQLStore
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// The output of the steps that begin to change a volume's use.
struct UseBefore: Fields {
    @Field var pool: String
    /// The status before the flow; `in-use` if the device has disappeared and is made again.
    @Field var oldStatus: VolumeStatus
    @Field var oldError: String?
    @Field var oldAttachment: Attachment?
}

extension SQLTransaction {
    /// The tables of volumes and of attachments.
    var tablesOfUse: (VolumeTable, AttachmentTable) {
        (VolumeTable(connection: connection), AttachmentTable(connection: connection))
    }

    /// Restores a volume's status and attachment to those before the flow.
    ///
    /// - Throws: `conflict` when another flow has changed the volume since.
    func restoreUse(of id: VolumeID, to before: UseBefore) throws {
        let (volumes, attachments) = tablesOfUse
        let volume = try volumes.find(id).orMissing(id.description)
        guard volume.flow == TaskContext.required.flow else { throw VolumeError.taken(volume) }
        try volumes.move(volume, to: before.oldStatus, flow: volume.flow, error: before.oldError, at: Date())
        if let attachment = before.oldAttachment { try attachments.put(attachment) } else { try attachments.remove(id) }
    }

    /// Marks earlier flows that failed to change the volume's use as resolved.
    func resolveFailedUse(of volume: Volume) throws {
        let names = [
            "attach-volume", "detach-volume", "export-volume", "unexport-volume", "mount-volume", "unmount-volume",
        ]
        for name in names {
            try resolveFailures(
                of: name,
                mentioning: volume.id.description,
                note: "resolved by flow \(TaskContext.required.flow)"
            )
        }
    }
}

extension VolumeError {
    /// The error for a volume that can't get a status because it is in use.
    static func inUse(_ volume: Volume, _ attachment: Attachment?, for status: VolumeStatus) -> VolumeError {
        let ending: Remedy? =
            switch attachment?.kind {
            case .attached: .detachVolume(volume.label)
            case .exported: .unexportVolume(volume.label)
            case .mounted: .unmountVolume(volume.label)
            case nil: nil
            }
        return VolumeError(
            .conflict,
            "volume \"\(volume.label)\" " + (status == .deleting ? "was not deleted: it is in use" : "is in use"),
            cause: attachment.map { "it is \($0)" },
            remedies: [ending].compactMap(\.self) + [.showVolume(volume.label)]
        )
    }
}
