public import Identity
public import VolumeDriver

extension RBDDriver: ManagingDriver {
    /// Lists all images of the pool that are not volumes.
    public func manageableObjects() async throws(DriverError) -> [ManageableObject] {
        let action = "list foreign images"
        try await checkPool(action)
        return try await listings(action)
            .compactMap { listing in
                guard listing.snapshot == nil, VolumeID(backendName: listing.image) == nil else { return nil }
                return ManageableObject(name: listing.image, size: listing.size, obstacle: obstacle(to: listing))
            }
    }

    private func obstacle(to listing: RBDListing) -> String? {
        if !CephAccess.isName(listing.image) { return "its name is not plain: letters, digits, '.', '_', '-'" }
        if !listing.size.bytes.isMultiple(of: Self.granule) { return "its size is not a multiple of \(Self.granule)" }
        return nil
    }

    /// Renames the image to the volume's name.
    public func manage(
        _ name: String,
        as volume: VolumeID,
        operation: OperationID
    ) async throws(DriverError) -> ByteCount {
        let action = "manage '\(name)' as volume '\(volume)'"
        return try await alone(with: volume, action) { () async throws(DriverError) in
            try checkForeign(name, action)
            if let object = try await image(named: name, action), !object.size.bytes.isMultiple(of: Self.granule) {
                throw DriverError(
                    .refused,
                    "cannot \(action): it has \(object.size.bytes) bytes, which is not a multiple of \(Self.granule)",
                    remedy: "extend it: `rbd resize`"
                )
            }
            return try await rename(name, to: volume.backendName, action)
        }
    }

    /// Renames the volume's image to `name`.
    public func unmanage(
        _ volume: VolumeID,
        as name: String,
        operation: OperationID
    ) async throws(DriverError) {
        let action = "unmanage volume '\(volume)' as '\(name)'"
        try await alone(with: volume, action) { () async throws(DriverError) in
            try checkForeign(name, action)
            let others = try await snapshots(of: volume, action) ?? []
            guard others.isEmpty else {
                throw DriverError(
                    .busy,
                    "cannot \(action): it has snapshots",
                    cause: others.map(\.name).joined(separator: ", "),
                    remedy: "delete its snapshots first",
                    mayRetry: false
                )
            }
            _ = try await rename(volume.backendName, to: name, action)
        }
    }

    private func checkForeign(_ name: String, _ action: String) throws(DriverError) {
        guard CephAccess.isName(name), VolumeID(backendName: name) == nil else {
            throw DriverError(
                .refused,
                "cannot \(action): '\(name)' is not a valid name of a foreign image",
                remedy: "use letters, digits, '.', '_' and '-', and begin with a letter or digit"
            )
        }
    }

    /// Renames an image that is not open, or completes an interrupted rename. Returns its size.
    private func rename(_ old: String, to new: String, _ action: String) async throws(DriverError) -> ByteCount {
        let (from, to) = ("\(access.pool)/\(old)", "\(access.pool)/\(new)")
        switch (try await image(named: old, action), try await image(named: new, action)) {
        case (nil, let done?): return done.size
        case (nil, nil):
            _ = try await names(action)
            throw DriverError(.notFound, "cannot \(action): neither '\(from)' nor '\(to)' exists")
        case (let one?, let other?) where one.id != other.id:
            throw DriverError(
                .refused,
                "cannot \(action): '\(from)' and '\(to)' both exist",
                remedy: "choose another name, or rename one: `rbd rename`"
            )
        case (let object?, let halfRenamed):
            guard try await ImageUsers.watchers(of: from, tool, action).isEmpty else {
                throw DriverError(.busy, "cannot \(action): '\(from)' is open", remedy: "close it there")
            }
            if halfRenamed != nil, try await finishRenaming(old, to: new, action) { return object.size }
            _ = try await tool.rbd(
                ["rename", from, to],
                action,
                leftBehind: "'\(from)' or '\(to)', or both names for one"
            )
            return object.size
        }
    }

    /// Completes an interrupted `rbd rename`, which leaves two names for one image, only one of which is listed.
    ///
    /// - Returns: whether the new name was listed already.
    private func finishRenaming(_ old: String, to new: String, _ action: String) async throws(DriverError) -> Bool {
        let isListed = try await names(action).contains(new)
        let call = rados(["rm", "rbd_id.\(isListed ? old : new)"])
        _ = try await tool.run(call, action)
        return isListed
    }
}
