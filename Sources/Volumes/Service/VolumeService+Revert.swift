internal import SQL
internal import SQLStore
public import TaskFlow
public import VolumeAPI
internal import VolumeDriver

extension VolumeService {
    /// Reverts a volume to one of its snapshots; data written since is lost. Returns when the volume is available,
    /// unless `control` says otherwise.
    ///
    /// - Parameters:
    ///   - reference: the volume's complete name or id.
    ///   - snapshot: the snapshot's complete name or id.
    /// - Throws: ``VolumeError``: `notFound`; `conflict` while the volume is in use, when it has another size than the
    ///   snapshot, or when its pool can't revert volumes; `driverFailed` when the volume is unchanged, for example
    ///   because its pool can only revert to the last snapshot; `revertIncomplete` when its data may be mixed, and its
    ///   status is `error` until the same revert succeeds.
    /// - Returns: the flow that reverts the volume.
    @discardableResult
    public func revert(
        _ reference: String,
        to snapshot: String,
        control: RequestControl = RequestControl()
    ) async throws(VolumeError) -> FlowID {
        let volume = try await volume(named: reference)
        let isWhole = SnapshotReference(snapshot).volume != nil
        let target = try await self.snapshot(named: isWhole ? snapshot : "\(volume.label)@\(snapshot)")
        try volume.requireRevertible(to: target)
        let headline = "volume \"\(volume.label)\" was not reverted to snapshot \"\(target.label)\""
        if let pool = volume.pool { try await requireFeature(.revert, of: pool, headline) }
        try await run(
            catalog.revertVolume,
            RevertVolumeRequest(revertedVolume: volume.id, target: target.id),
            subject: volume.label,
            control: control
        )
        return control.flow
    }
}
