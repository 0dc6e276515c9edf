public import Identity
internal import SQL
internal import SQLStore
public import TaskFlow
public import VolumeAPI
internal import VolumeDriver

extension VolumeService {
    /// Removes a volume and its data. Returns when the volume is gone, unless `control` says otherwise.
    ///
    /// If another request is removing the volume, this waits for the outcome, and removes the volume if that removal
    /// fails.
    ///
    /// - Parameter reference: a complete name or id, because destroying data must not rest on a guess.
    /// - Throws: ``VolumeError``: `notFound`; `conflict` while the volume is in use or another request works on it;
    ///   `driverFailed` when the volume is as it was before; `revertIncomplete` when part of it is gone.
    /// - Returns: the flow that removes the volume.
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
                    // Another request may have been faster. If the volume is gone by now, it is reported as not found.
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

    /// Whether another request is removing the volume or retrying a failed flow on it.
    private func isUnderWay(_ volume: Volume) async throws(VolumeError) -> Bool {
        switch volume.status {
        case .deleting: return true
        case .creating, .downloading, .available, .attaching, .inUse, .detaching, .uploading, .extending,
            .errorExtending, .reverting, .migrating, .errorMigrating:
            return false
        case .error, .errorDeleting:
            return try await isUnderWay(volume.flow)
        }
    }

    /// Whether a flow that has failed is being retried.
    func isUnderWay(_ flow: FlowID) async throws(VolumeError) -> Bool {
        guard try await isOpen(flow) else { return false }
        return try await !self.flow(flow).detail.state.isFinished
    }

    /// Whether a flow is unfinished, or has failed and was neither retried nor given up.
    func isOpen(_ flow: FlowID) async throws(VolumeError) -> Bool {
        do {
            return try await store.isOpen(flow)
        } catch {
            throw VolumeError(translating: error)
        }
    }

    private func isOfCreation(_ flow: FlowID) async throws(VolumeError) -> Bool {
        let name = try await self.flow(flow).detail.name
        return [catalog.create.name, catalog.adopt.name].contains(name)
    }

    private func stored(_ id: VolumeID) async throws(VolumeError) -> Volume? {
        try await read { try VolumeTable(connection: $0).find(id) }
    }

    private func remove(_ volume: Volume, _ control: RequestControl) async throws(VolumeError) -> FlowID {
        guard !volume.attributes.isProtected else { throw VolumeError.protected(volume) }
        if volume.status == .error, try await isOpen(volume.flow), try await isOfCreation(volume.flow) {
            // Its creation could not be undone: retry that.
            try await retry(volume.flow, control: control)
            return volume.flow
        }
        if let pool = volume.pool {
            try await requireServed(pool, catalog.delete.operation.headline(volume.label))
        }
        try await run(
            catalog.delete,
            DeleteVolumeRequest(volume: volume.id),
            subject: volume.label,
            control: control
        )
        return control.flow
    }

    /// Retries a removal that failed and could not be undone. An untouched volume becomes available again; otherwise
    /// the rest of the volume is removed.
    ///
    /// - Parameter id: identifies the volume, because another volume may have its name by now.
    func retryRemoval(_ flow: FlowDetail, of id: VolumeID, _ control: RequestControl) async throws {
        let volume = try await self.volume(id)
        guard volume.flow == flow.id else { throw VolumeError.taken(volume) }
        let operation = try catalog.delete.operation
        guard let ended = try await revertAgain(flow.id, operation, control), ended.state == .failure else { return }
        do {
            _ = try await inspect(volume, in: control, to: "remove volume \"\(volume.label)\"")
        } catch {
            throw error.code == .timedOut ? error : failure(of: ended, headline: operation.headline(volume.label))
        }
        try await delete("\(id)", control: control)
    }
}
