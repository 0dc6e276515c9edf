public import Identity
public import VolumeDriver

extension LVMDriver: AttachingDriver {
    /// Activates the volume, which ordinary activation skips.
    public func attach(_ volume: VolumeID, operation: OperationID) async throws(DriverError) -> LocalAttachment {
        let action = "attach volume '\(volume)'"
        return try await exclusively(volume) { () throws(DriverError) in
            let found = try usable(volume, try await holdings(of: volume, to: action), to: action)
            try refuseIfExported(found, to: action)
            if found.isAttached { return attachment(found) }
            if found.tags.contains(Tag.resting) {
                try await tools.retag(found.name, removing: [Tag.resting], to: action)
            }
            if !found.attributes.isActive { try await tools.activate(found.name, to: action) }
            do throws(DriverError) {
                // A concurrent export sees that the volume is not tagged as resting any more, or is seen here.
                try refuseIfExported(found, to: action)
            } catch {
                try await tools.retag(found.name, adding: [Tag.resting], to: action)
                throw error
            }
            return attachment(found)
        }
    }

    /// Deactivates the volume, which flushes the kernel's buffers.
    public func detach(_ volume: VolumeID, operation: OperationID) async throws(DriverError) {
        let action = "detach volume '\(volume)'"
        try await exclusively(volume) { () throws(DriverError) in
            guard let found = try await holdings(of: volume, to: action).volume, found.isAttached else { return }
            if found.attributes.isOpen { try refuseIfAttached(found, to: action) }
            try await tools.deactivate(found.name, to: action)
        }
    }

    /// Returns the volume's device while the volume is attached.
    public func attachment(of volume: VolumeID) async throws(DriverError) -> LocalAttachment? {
        let holdings = try await holdings(of: volume, to: "look at volume '\(volume)'")
        guard let found = holdings.volume, found.isAttached else { return nil }
        return attachment(found)
    }

    private func attachment(_ volume: LogicalVolume) -> LocalAttachment {
        LocalAttachment(path: tools.device(volume.name), isDevice: true)
    }
}
