public import Identity
internal import SQL
internal import SQLStore
public import TaskFlow
public import VolumeAPI
internal import VolumeDriver

extension VolumeService {
    /// Removes a volume and its data, and returns when it is gone, or as `control` says.
    ///
    /// A removal by somebody else is waited for, and the volume removed if that comes to nothing.
    ///
    /// - Parameter reference: a name or an id, whole: what destroys data never takes one word for another.
    /// - Throws: ``VolumeError``: `notFound`; `conflict` while it is in use or another request is at work on it;
    ///   `driverFailed` when it is as it was before; `revertIncomplete` when part of it is gone.
    /// - Returns: the flow that removes the volume, or has.
    @discardableResult
    public func delete(
        _ reference: String,
        control: RequestControl = RequestControl()
    ) async throws(VolumeError) -> FlowID {
        var (volume, control) = (try await volume(named: reference), control)
        while true {
            guard try await isUnderWay(volume) else {
                do {
                    return try await remove(volume, control)
                } catch  where error.code == .conflict {
                    // Somebody may have been faster.
                    // Gone by now: as if it had been asked for afterwards.
                    let now = try await stored(volume.id).orMissing(reference)
                    guard try await isUnderWay(now) else { throw error }
                    (volume, control.flow) = (now, .random())
                }
                continue
            }
            guard control.waits else { return volume.flow }
            try await finish(of: volume, control)
            guard let left = try await stored(volume.id) else { return volume.flow }
            volume = left
        }
    }

    /// Whether somebody removes the volume, or tries again to undo what failed.
    private func isUnderWay(_ volume: Volume) async throws(VolumeError) -> Bool {
        switch volume.status {
        case .deleting: return true
        case .creating, .available: return false
        case .error, .errorDeleting:
            guard try await hasOpenFlow(volume) else { return false }
            return try await !flow(volume.flow).detail.state.isFinished
        }
    }

    /// Whether the volume's flow has failed or not finished, and nothing has been done about that.
    private func hasOpenFlow(_ volume: Volume) async throws(VolumeError) -> Bool {
        do {
            return try await store.isOpen(volume.flow)
        } catch {
            throw VolumeError(translating: error)
        }
    }

    private func stored(_ id: VolumeID) async throws(VolumeError) -> Volume? {
        try await read { try VolumeTable(connection: $0).find(id) }
    }

    private func remove(_ volume: Volume, _ control: RequestControl) async throws(VolumeError) -> FlowID {
        if volume.status == .error, try await hasOpenFlow(volume) {
            // Its creation could not be undone, and that is still what it needs.
            try await retry(volume.flow, control: control)
            return volume.flow
        }
        if let pool = volume.pool, !pools.contains(where: { $0.name == pool }) {
            throw VolumeError(
                .noValidPool,
                "volume \"\(volume.label)\" was not deleted: its pool \"\(pool)\" is not configured",
                cause: "the configured pools are \(pools.map(\.name).joined(separator: ", "))",
                remedies: [.advice("add pool \"\(pool)\" to the configuration"), .listPools]
            )
        }
        try await run(
            catalog.delete,
            DeleteVolumeRequest(volume: volume.id),
            subject: volume.label,
            control: control
        )
        return control.flow
    }

    /// Goes on with a removal that failed and could not be undone: the volume is available again if it is untouched; else
    /// what is left of it is removed.
    ///
    /// - Parameter id: the volume's; its name may be another volume's by now.
    func retryRemoval(_ flow: FlowDetail, of id: VolumeID, _ control: RequestControl) async throws {
        let volume = try await self.volume(id)
        guard volume.flow == flow.id else { throw VolumeError.taken(volume) }
        let operation = catalog.delete.operation
        guard let ended = try await revertAgain(flow.id, operation, control), ended.state == .failure else { return }
        do {
            _ = try await inspect(volume, in: control, to: "remove volume \"\(volume.label)\"")
        } catch {
            throw error.code == .timedOut ? error : failure(of: ended, headline: operation.headline(volume.label))
        }
        try await delete("\(id)", control: control)
    }
}
