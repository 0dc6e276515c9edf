public import Identity
public import VolumeDriver

extension LVMDriver: AttachingDriver {
    /// Activates the volume, though an ordinary activation passes it over.
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
                // Whoever exports it at the same moment sees that it isn't resting any more, or is seen here.
                try refuseIfExported(found, to: action)
            } catch {
                try await tools.retag(found.name, adding: [Tag.resting], to: action)
                throw error
            }
            return attachment(found)
        }
    }

    /// Deactivates the volume, which writes out what the kernel still holds of it.
    public func detach(_ volume: VolumeID, operation: OperationID) async throws(DriverError) {
        let action = "detach volume '\(volume)'"
        try await exclusively(volume) { () throws(DriverError) in
            guard let found = try await holdings(of: volume, to: action).volume, found.isAttached else { return }
            if found.attributes.isOpen { try refuseIfAttached(found, to: action) }
            try await tools.deactivate(found.name, to: action)
        }
    }

    /// The volume's device, while it is active for its user.
    public func attachment(of volume: VolumeID) async throws(DriverError) -> LocalAttachment? {
        let holdings = try await holdings(of: volume, to: "look at volume '\(volume)'")
        guard let found = holdings.volume, found.isAttached else { return nil }
        return attachment(found)
    }

    private func attachment(_ volume: LogicalVolume) -> LocalAttachment {
        LocalAttachment(path: tools.device(volume.name), isDevice: true)
    }
}
