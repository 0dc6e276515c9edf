internal import FoundationEssentials
public import Identity
public import TaskFlow
public import VolumeAPI

extension VolumeService {
    /// Starts a server that gives others access to a volume. Returns when it answers, unless `control` says otherwise.
    ///
    /// Idempotent: exporting an exported volume returns the existing attachment. A server that has died is started
    /// again.
    ///
    /// - Parameters:
    ///   - reference: a complete name or id.
    ///   - readOnly: whether no client may write to it; a read-only volume is always exported so.
    ///   - holder: the name of its user; `nil` for one without a name. A multiattach volume has an attachment for each
    ///     holder, all with the same server.
    /// - Throws: ``VolumeError``: `notFound`; `conflict` while it is used in another way or, unless it is multiattach, by another
    ///   holder, or if its pool can't export volumes, or not in a way that refuses writes.
    public func export(
        _ reference: String,
        readOnly: Bool = false,
        holder: VolumeName? = nil,
        control: RequestControl = RequestControl()
    ) async throws(VolumeError) -> Attachment {
        try await use(reference, as: .exported, readOnly: readOnly, for: holder, by: catalog.export, control) {
            AttachVolumeRequest(
                volume: $0,
                host: useHost,
                readOnly: readOnly ? true : nil,
                holder: holder
            )
        }
    }

    /// Ends the server that ``export(_:readOnly:holder:control:)`` started. Returns when it has ended, unless `control` says
    /// otherwise. The server stays until the last holder's export ends.
    ///
    /// - Parameters:
    ///   - reference: a complete name or id.
    ///   - holders: whose exports end.
    /// - Throws: ``VolumeError``: `notFound`; `conflict` while a client is connected, or if several holders use the volume and
    ///   none is named.
    /// - Returns: the flow that ends it; `nil` if there is no such export.
    @discardableResult
    public func unexport(
        _ reference: String,
        from holders: HolderSelection = .holder(nil),
        control: RequestControl = RequestControl()
    ) async throws(VolumeError) -> FlowID? {
        try await endUse(of: reference, as: .exported, from: holders, by: catalog.unexport, control)
    }
}
