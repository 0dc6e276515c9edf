public import Identity
public import VolumeDriver

extension LVMDriver {
    /// Removes the volume, after clearing its space if others may get that.
    public func delete(_ volume: VolumeID, operation: OperationID) async throws(DriverError) {
        let action = "delete volume '\(volume)'"
        try await exclusively(volume) { () throws(DriverError) in
            let holdings = try await holdings(of: volume, to: action)
            if let leftover = holdings.leftover { try await discard(leftover, to: action) }
            guard let found = holdings.volume else { return }
            if holdings.hasDependents {
                throw DriverError(
                    .busy,
                    "cannot \(action): it has snapshots",
                    cause: holdings.snapshots.map(\.name).sorted().joined(separator: ", "),
                    remedy: "delete those first: `lvs \(tools.group)`",
                    mayRetry: false
                )
            }
            try refuseIfAttached(found, to: action)
            try await discard(found, to: action)
        }
    }

    /// - Throws: `busy` while the volume is attached or exported.
    func refuseIfAttached(_ volume: LogicalVolume, to action: String) throws(DriverError) {
        guard volume.isAttached || volume.attributes.isOpen else { return }
        try refuseIfExported(volume, to: action)
        throw DriverError(
            .busy,
            "cannot \(action): it is attached",
            cause: "'\(tools.device(volume.name))' is active" + (volume.attributes.isOpen ? " and open" : ""),
            remedy: "detach it: `lvchange -a n \(tools.path(volume.name))`"
        )
    }

    /// Clears a logical volume of this service as configured, and removes it.
    func discard(_ volume: LogicalVolume, to action: String) async throws(DriverError) {
        guard let owner = volume.owner else { return }
        if options.clearing == .zero, !volume.attributes.isThinVolume {
            if !volume.isPartial { try await tools.retag(volume.name, adding: [Tag.partial], to: action) }
            if volume.attributes.isClassicSnapshot {
                try await clearChanges(of: volume, to: action)
            } else {
                if !volume.attributes.isActive { try await tools.activate(volume.name, to: action) }
                try await clear(tools.device(volume.name), volume.size.bytes, of: volume, to: action)
            }
        }
        try await tools.remove(volume.name, tagged: Tag.volume(owner), to: action)
    }

    /// Clears the used part of a classic snapshot's store, which begins at its start.
    private func clearChanges(of snapshot: LogicalVolume, to action: String) async throws(DriverError) {
        // A snapshot is active together with its origin.
        try await awake(snapshot.origin ?? snapshot.name, to: action) { () throws(DriverError) in
            // An unknown part counts as all of it.
            let percent = try await tools.volumes(.named(snapshot.name), to: action).first?.dataPercent ?? 100
            let filled = Int64(Double(snapshot.size.bytes) * percent / 100) + (4 << 20)
            let end = min(snapshot.size.bytes, filled)
            try await clear(tools.device(snapshot.name, "-cow"), end, of: snapshot, to: action)
        }
    }

    private func clear(
        _ device: String,
        _ end: Int64,
        of volume: LogicalVolume,
        to action: String
    ) async throws(DriverError) {
        let limit = options.clearingBytesPerSecond
        try await devices.zero(device, 0..<end, limit: limit) { () throws(DriverError) in
            try await tools.volumes(.named(volume.name), to: action).first?.isPartial == true
        }
    }
}
