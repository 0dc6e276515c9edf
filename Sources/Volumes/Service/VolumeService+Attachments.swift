internal import FoundationEssentials
public import Identity
internal import SQL
internal import SQLStore
public import TaskFlow
public import VolumeAPI
internal import VolumeDriver

extension VolumeService {
    /// Makes a volume accessible on this host. Returns when it is, unless `control` says otherwise.
    ///
    /// Idempotent: attaching an attached volume returns the existing attachment. A device that has disappeared, for
    /// example by a reboot, is made again.
    ///
    /// - Parameters:
    ///   - reference: a complete name or id.
    ///   - readOnly: whether nobody may write to it; a read-only volume is always attached so.
    ///   - holder: the name of its user; `nil` for one without a name. A multiattach volume has an attachment for each
    ///     holder, all with the same device.
    /// - Throws: ``VolumeError``: `notFound`; `conflict` while it is used in another way or, unless it is multiattach, by another
    ///   holder, or if its pool can't attach volumes, or not in a way that refuses writes.
    public func attach(
        _ reference: String,
        readOnly: Bool = false,
        holder: VolumeName? = nil,
        control: RequestControl = RequestControl()
    ) async throws(VolumeError) -> Attachment {
        try await use(reference, as: .attached, readOnly: readOnly, for: holder, by: catalog.attach, control) {
            AttachVolumeRequest(
                volume: $0,
                host: useHost,
                readOnly: readOnly ? true : nil,
                holder: holder
            )
        }
    }

    /// Ends the access that ``attach(_:readOnly:holder:control:)`` gave. Returns when it has ended, unless `control` says
    /// otherwise. The device stays until the last holder's attachment ends.
    ///
    /// - Parameters:
    ///   - reference: a complete name or id.
    ///   - holders: whose attachments end.
    /// - Throws: ``VolumeError``: `notFound`; `conflict` while a process has the device open, or if several holders use the
    ///   volume and none is named.
    /// - Returns: the flow that ends it; `nil` if there is no such attachment.
    @discardableResult
    public func detach(
        _ reference: String,
        from holders: HolderSelection = .holder(nil),
        control: RequestControl = RequestControl()
    ) async throws(VolumeError) -> FlowID? {
        try await endUse(of: reference, as: .attached, from: holders, by: catalog.detach, control)
    }

    /// Returns the records of the volume's uses, oldest first; none if it is not in use.
    public func attachments(of volume: Volume) async throws(VolumeError) -> [Attachment] {
        try await read { try AttachmentTable(connection: $0).list(of: volume.id) }
    }

    /// Returns the record of the volume's oldest use; `nil` if it is not in use.
    public func attachment(of volume: Volume) async throws(VolumeError) -> Attachment? {
        try await attachments(of: volume).first
    }

    /// Asks the host for the state of an attachment.
    public func state(of attachment: Attachment) async -> AttachmentState {
        do {
            let volume = try await volume(attachment.volume)
            try requireThisHost(attachment, of: volume)
            let found = try await access(to: volume, as: attachment.kind, once: attachment.access)
            let isMounted = try attachment.mount?.exists() ?? true
            return .found(isMounted ? found : nil)
        } catch {
            return .unknown(VolumeError(translating: error))
        }
    }

    /// - Parameters:
    ///   - readOnly: whether nobody may write to it.
    ///   - holder: the name of its user.
    ///   - directory: the directory at which it will be mounted, if any.
    ///   - request: creates the flow's input.
    func use<Request>(
        _ reference: String,
        as kind: Attachment.Kind,
        readOnly: Bool = false,
        for holder: VolumeName? = nil,
        at directory: String? = nil,
        by operation: DeferredOperation<Request>,
        _ control: RequestControl,
        request: (VolumeID) -> Request
    ) async throws(VolumeError) -> Attachment {
        var (volume, control) = (try await volume(named: reference), control)
        try await requireHere(
            volume.pool,
            "volume \"\(volume.label)\" can't be \(kind.rawValue) on this host",
            volume.remedy(for: kind, holder, at: directory)
        )
        while true {
            try await requireUsedHere(volume)
            let used = try await attachments(of: volume).first { $0.holder == holder }
            if let used, used.kind == kind, used.mountPoint == directory, !readOnly || used.access?.isReadOnly == true,
                try await isAsRecorded(used, of: volume, control)
            {
                return used
            }
            if [.attaching, .detaching].contains(volume.status), control.waits {
                try await finish(of: volume, control)
                volume = try await self.volume(volume.id)
                continue
            }
            // A driver without the feature is refused before the flow begins.
            if volume.status == .available { _ = try await access(to: volume, as: kind, in: control) }
            if readOnly || volume.attributes.isReadOnly, let pool = volume.pool {
                try await requireFeature(
                    kind == .exported ? .readOnlyExport : .readOnly,
                    of: pool,
                    "volume \"\(volume.label)\" can't be \(kind.rawValue) read-only"
                )
            }
            do {
                try await run(operation, request(volume.id), subject: volume.label, control: control)
            } catch  where error.code == .conflict {
                volume = try await changed(volume, since: control.flow, or: error)
                control.flow = .random()
                continue
            }
            if let made = try await attachments(of: volume).first(where: { $0.holder == holder }) { return made }
            // Another request has ended the use meanwhile.
            volume = try await self.volume(volume.id)
            control.flow = .random()
        }
    }

    func endUse(
        of reference: String,
        as kind: Attachment.Kind,
        from holders: HolderSelection = .holder(nil),
        by operation: DeferredOperation<DetachVolumeRequest>,
        _ control: RequestControl
    ) async throws(VolumeError) -> FlowID? {
        var (volume, control) = (try await volume(named: reference), control)
        while true {
            if [.attaching, .detaching].contains(volume.status) {
                guard control.waits else {
                    guard volume.status == .detaching else { throw VolumeError.wrongStatus(volume, for: .detaching) }
                    return volume.flow
                }
                try await finish(of: volume, control)
                volume = try await self.volume(volume.id)
                continue
            }
            let uses = try await attachments(of: volume)
            if uses.isEmpty {
                guard try await isUsedUnrecorded(volume, as: kind, control) else { return nil }
            } else {
                // A mounted volume is attached, too, but its mount has to end first.
                if kind == .attached && uses.contains(where: { $0.kind == .mounted }) {
                    throw VolumeError.inUse(volume, uses, for: .detaching)
                }
                // A volume that is used in another way, or by others, is not used in this one.
                guard uses.allSatisfy({ $0.kind == kind }), try !holders.selected(of: uses, volume).isEmpty else {
                    return nil
                }
            }
            do {
                let request = DetachVolumeRequest(volume: volume.id, holders: holders == .holder(nil) ? nil : holders)
                try await run(operation, request, subject: volume.label, control: control)
            } catch  where error.code == .conflict {
                volume = try await changed(volume, since: control.flow, or: error)
                control.flow = .random()
                continue
            }
            return control.flow
        }
    }

    /// Whether the recorded use is the requested one: the volume is accessible as the record says, or is becoming so
    /// and `control` does not wait.
    private func isAsRecorded(
        _ used: Attachment,
        of volume: Volume,
        _ control: RequestControl
    ) async throws(VolumeError) -> Bool {
        if volume.status == .attaching { return !control.waits }
        guard volume.status == .inUse, let access = used.access else { return false }
        if let mount = used.mount {
            do {
                guard try mount.exists() else { return false }
            } catch {
                throw VolumeError(translating: error)
            }
        }
        return try await self.access(to: volume, as: used.kind, once: access, in: control) == access
    }

    /// Whether a volume without an attachment is accessible nevertheless: somebody may have bound a device by hand.
    private func isUsedUnrecorded(
        _ volume: Volume,
        as kind: Attachment.Kind,
        _ control: RequestControl
    ) async throws(VolumeError) -> Bool {
        guard volume.status == .available else { return false }
        do {
            return try await access(to: volume, as: kind, in: control) != nil
        } catch  where error.code == .conflict {
            // A volume can't be used in a way that its driver does not offer.
            return false
        }
    }

    /// Returns the volume after another flow has changed its use, which is why `flow` was refused.
    ///
    /// - Throws: `error` if no other flow has changed its use.
    private func changed(
        _ volume: Volume,
        since flow: FlowID,
        or error: VolumeError
    ) async throws(VolumeError) -> Volume {
        let now = try await self.volume(volume.id)
        guard ![volume.flow, flow].contains(now.flow), now.status.promisesData else { throw error }
        return now
    }

    /// Returns where the volume is accessible now; `nil` where it is not.
    ///
    /// - Parameter known: where it was accessible before; needed for files, which drivers do not report.
    /// - Throws: `conflict` when the pool's driver does not offer such access; ``VolumeError`` when it can't be found out.
    private func access(
        to volume: Volume,
        as kind: Attachment.Kind,
        once known: VolumeAccess? = nil,
        in control: RequestControl = RequestControl()
    ) async throws(VolumeError) -> VolumeAccess? {
        guard let pool = volume.pool else { return nil }
        let subject = "look how volume \"\(volume.label)\" is \(kind.rawValue)"
        do {
            return try await Abortable(control, subject)
                .run { _ in
                    try await Patience.wait(for: pool) {
                        let driver = try await registry.driver(of: pool, marking: false)
                        let access = try DriverAccess(driver, kind)
                        guard let known else { return try await access.look(at: volume.id) }
                        return try await access.present(known, of: volume.id)
                    }
                }
        } catch let error as DriverError where error.code == .unsupported {
            throw VolumeError(
                .conflict,
                "volume \"\(volume.label)\" can't be \(kind.rawValue)",
                cause: error.description,
                remedies: Remedy.list(error) + [.showPool(pool)]
            )
        } catch {
            throw VolumeError(error, to: subject, pool: pool)
        }
    }
}
