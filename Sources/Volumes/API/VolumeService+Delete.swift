internal import Identity
internal import TaskFlow
internal import VolumeDriver

extension VolumeService {
    /// Removes a volume and its data, and returns when it is gone.
    ///
    /// - Parameter reference: a name or an id, whole: what destroys data never takes one word for another.
    /// - Throws: ``VolumeError``: `notFound`; `conflict` while it is in use or another request is at work on it;
    ///   `driverFailed` when it is as it was before; `revertIncomplete` when part of it is gone.
    public func delete(_ reference: String) async throws(VolumeError) {
        let volume = try await volume(named: reference)
        if volume.status == .error {
            // Its creation could not be undone, and that is still what it needs.
            return try await retry(volume.flow)
        }
        if let pool = volume.pool, !pools.contains(where: { $0.name == pool }) {
            throw VolumeError(
                .noValidPool,
                "volume \"\(volume.label)\" was not deleted: its pool \"\(pool)\" is not configured",
                cause: "the configured pools are \(pools.map(\.name).joined(separator: ", "))",
                remedies: ["add pool \"\(pool)\" to the configuration", "volumectl pool ls"]
            )
        }
        try await run(
            deleteFlow,
            DeleteVolumeRequest(volume: volume.id),
            subject: volume.label,
            headline: Operation.delete(deleteFlow).headline(volume.label)
        )
    }

    /// Goes on with a removal that failed and could not be undone: the volume is available again if it is untouched; else
    /// what is left of it is removed.
    ///
    /// - Parameter id: the volume's; its name may be another volume's by now.
    func retryRemoval(_ flow: FlowDetail, of id: VolumeID) async throws {
        let volume = try await self.volume(id)
        guard volume.flow == flow.id else { throw VolumeError.taken(volume) }
        let engine = try await Engine(resuming: flow.id, with: deleteFlow.recipe, in: store)
        guard try await engine.advance() == .failure else { return }
        guard (try? await inspect(volume)) != nil else {
            throw await failure(of: engine, headline: Operation.delete(deleteFlow).headline(volume.label))
        }
        try await delete("\(id)")
    }
}
