public import Identity
public import VolumeDriver

extension LVMDriver: CloningDriver {
    /// Creates the volume as a thin snapshot of the source, or copies a temporary classic snapshot of a thick source.
    public func clone(
        _ source: VolumeID,
        as volume: VolumeID,
        size: ByteCount,
        operation: OperationID
    ) async throws(DriverError) {
        let action = "clone volume '\(source)' as '\(volume)'"
        let layout = try await layout(to: action)
        try check(size, layout, to: action)
        try await exclusively(volume, source) { () throws(DriverError) in
            let found = try usable(source, try await holdings(of: source, to: action), to: action)
            let length = found.sizeBeforeExtension ?? found.size
            try refuse(size, lessThan: length, to: action)
            guard !found.attributes.isThinVolume else {
                return try await make(volume, size, asCopyOf: found, length: length, operation, layout, to: action)
            }
            let state = try await holdings(of: volume, to: action)
            // A snapshot that an earlier call has left has old content.
            if let leftover = state.leftover { try await discard(leftover, to: action) }
            if state.volume?.presence == .complete(size) { return }
            let tags = tags(volume, operation)
            try await tools.run(action, "lvcreate", snapshotArguments(volume.cloneSnapshotName, of: found, tags: tags))
            let result = await copying(volume, size, length, operation, layout, to: action)
            // Removes the snapshot in any case, because it slows down the source. If that fails, deleting the volume
            // does it.
            guard let snapshot = try await holdings(of: volume, to: action).leftover else { return try result.get() }
            try await discard(snapshot, to: action)
            try result.get()
        }
    }

    private func copying(
        _ volume: VolumeID,
        _ size: ByteCount,
        _ length: ByteCount,
        _ operation: OperationID,
        _ layout: Layout,
        to action: String
    ) async -> Result<Void, DriverError> {
        do throws(DriverError) {
            guard let snapshot = try await holdings(of: volume, to: action).leftover else { return .success(()) }
            try await make(volume, size, asCopyOf: snapshot, length: length, operation, layout, to: action)
            return .success(())
        } catch {
            return .failure(error)
        }
    }
}
