internal import SQL
internal import SQLStore
public import TaskFlow
public import VolumeAPI
internal import VolumeDriver

extension VolumeService {
    /// Takes a volume back to what one of its snapshots holds, and returns when it is available, or as `control` says. What was
    /// written to the volume since is lost.
    ///
    /// - Parameters:
    ///   - reference: the volume's complete name or id.
    ///   - snapshot: the snapshot's name in the volume, `volume@name` or id.
    /// - Throws: ``VolumeError``: `notFound`; `conflict` while the volume is in use, when it has another size than the snapshot,
    ///   or when its pool can't revert volumes; `driverFailed` when it is as it was before, as when its pool can only go back to
    ///   the last snapshot; `revertIncomplete` when it may hold some of each, and is `error` until the same revert succeeds.
    /// - Returns: the flow that reverts the volume, or has.
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
