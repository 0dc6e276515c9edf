internal import FoundationEssentials
internal import Identity
internal import SQL
internal import SQLStore
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

extension SQLTransaction {
    /// The tables of volumes and of attachments.
    var tablesOfUse: (VolumeTable, AttachmentTable) {
        (VolumeTable(connection: connection), AttachmentTable(connection: connection))
    }

    /// Restores a volume's status to that before the flow, with its attachments.
    ///
    /// - Throws: `conflict` when another flow has changed the volume since.
    func restoreUse(
        of id: VolumeID,
        to status: VolumeStatus,
        error: String?,
        _ attachments: [Attachment]
    ) throws {
        let (volumes, table) = tablesOfUse
        let volume = try volumes.find(id).orMissing(id.description)
        guard volume.flow == TaskContext.required.flow else { throw VolumeError.taken(volume) }
        try volumes.move(volume, to: status, flow: volume.flow, error: error, at: Date())
        for attachment in attachments { try table.put(attachment) }
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

extension Attachment {
    /// The attachment as a flow leaves it.
    ///
    /// - Parameter access: where it is accessible now; `nil` for where it was.
    func changed(by flow: FlowID, at access: VolumeAccess? = nil) -> Attachment {
        Attachment(
            volume: volume,
            kind: kind,
            host: host,
            holder: holder,
            access: access ?? self.access,
            mountPoint: mountPoint,
            since: since,
            flow: flow
        )
    }

    /// The command that ends it alone.
    func ending(of volume: Volume) -> Remedy {
        switch kind {
        case .attached: .detachVolume(volume.label, holder: holder)
        case .exported: .unexportVolume(volume.label, holder: holder)
        case .mounted: .unmountVolume(volume.label)
        }
    }
}

extension VolumeError {
    /// The error for a volume that can't get a status because it is in use.
    ///
    /// - Parameter rule: the rule that forbids another use, if there is one that may surprise.
    static func inUse(
        _ volume: Volume,
        _ uses: [Attachment],
        for status: VolumeStatus,
        rule: String? = nil
    ) -> VolumeError {
        VolumeError(
            .conflict,
            "volume \"\(volume.label)\" " + (status == .deleting ? "was not deleted: it is in use" : "is in use"),
            cause: causes(uses, rule),
            remedies: endings(uses, of: volume) + [.showVolume(volume.label)]
        )
    }

    /// The error for a request to end the use of a volume that several holders use.
    static func severalHolders(_ volume: Volume, _ uses: [Attachment]) -> VolumeError {
        VolumeError(
            .conflict,
            "volume \"\(volume.label)\" has \(uses.count) holders, and none of them was named",
            cause: causes(uses),
            remedies: uses.prefix(2).map { $0.ending(of: volume) } + endings(uses, of: volume)
        )
    }

    /// The uses in words: at most three, because a message is read by people.
    private static func causes(_ uses: [Attachment], _ rule: String? = nil) -> String? {
        let words = Attachment.description(of: uses.prefix(3))
        let rest = uses.count > 3 ? ", and \(uses.count - 3) more" : ""
        let causes = [words.isEmpty ? nil : "it is \(words)\(rest)", rule].compactMap(\.self)
        return causes.isEmpty ? nil : causes.joined(separator: "; ")
    }

    /// The command that ends all uses.
    private static func endings(_ uses: [Attachment], of volume: Volume) -> [Remedy] {
        guard let first = uses.first else { return [] }
        guard uses.count > 1 else { return [first.ending(of: volume)] }
        return [first.kind == .exported ? .unexportVolumeForAll(volume.label) : .detachVolumeFromAll(volume.label)]
    }
}
