public import Identity
public import VolumeDriver

extension LVMDriver: ReadOnlyAttachingDriver {
    /// Activates the volume, which ordinary activation skips. A read-only attachment takes the permission to write from it,
    /// which is kept in LVM's metadata.
    public func attach(
        _ volume: VolumeID,
        isReadOnly: Bool,
        operation: OperationID
    ) async throws(DriverError) -> LocalAttachment {
        let action = "attach volume '\(volume)'" + (isReadOnly ? " read-only" : "")
        return try await exclusively(volume) { () throws(DriverError) in
            let found = try usable(volume, try await holdings(of: volume, to: action), to: action)
            try refuseIfExported(found, to: action)
            if found.isAttached {
                let attachment = try await attachment(found, to: action)
                guard attachment.isReadOnly != isReadOnly else { return attachment }
                throw DriverError(
                    .busy,
                    "cannot \(action): it is attached " + (isReadOnly ? "for writing" : "read-only"),
                    remedy: "detach it first"
                )
            }
            if isReadOnly, !found.attributes.isReadOnly {
                // A call may be writing to it.
                if found.attributes.isOpen { try refuseIfAttached(found, to: action) }
                try await tools.forbidWrites(found.name, to: action)
            } else if !isReadOnly, found.attributes.isReadOnly {
                try await tools.permitWrites(found.name, to: action)
            }
            if found.tags.contains(Tag.resting) {
                try await tools.retag(found.name, removing: [Tag.resting], to: action)
            }
            if !found.attributes.isActive { try await tools.activate(found.name, to: action) }
            do throws(DriverError) {
                // A concurrent export sees that the volume is not tagged as resting any more, or is seen here.
                try refuseIfExported(found, to: action)
            } catch {
                try await tools.retag(found.name, adding: [Tag.resting], to: action)
                if isReadOnly { try await tools.permitWrites(found.name, to: action) }
                throw error
            }
            guard isReadOnly else { return LocalAttachment(path: tools.device(found.name), isDevice: true) }
            return try await attachment(usable(volume, holdings(of: volume, to: action), to: action), to: action)
        }
    }

    /// Deactivates the volume, which flushes the kernel's buffers, and gives the permission to write back.
    public func detach(_ volume: VolumeID, operation: OperationID) async throws(DriverError) {
        let action = "detach volume '\(volume)'"
        try await exclusively(volume) { () throws(DriverError) in
            guard let found = try await holdings(of: volume, to: action).volume else { return }
            if found.isAttached {
                if found.attributes.isOpen { try refuseIfAttached(found, to: action) }
                try await tools.deactivate(found.name, to: action)
            }
            // A detach that was killed has left it.
            if found.attributes.isReadOnly { try await tools.permitWrites(found.name, whileInactive: true, to: action) }
        }
    }

    /// Returns the volume's device while the volume is attached.
    public func attachment(of volume: VolumeID) async throws(DriverError) -> LocalAttachment? {
        let action = "look at volume '\(volume)'"
        guard let found = try await holdings(of: volume, to: action).volume, found.isAttached else { return nil }
        return try await attachment(found, to: action)
    }

    /// LVM's metadata say what the device should be; the kernel is asked what it is.
    private func attachment(_ volume: LogicalVolume, to action: String) async throws(DriverError) -> LocalAttachment {
        LocalAttachment(
            path: tools.device(volume.name),
            isDevice: true,
            isReadOnly: volume.attributes.isReadOnly ? try await tools.refusesWrites(volume.name, to: action) : false
        )
    }
}
