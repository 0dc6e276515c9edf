public import Identity
public import VolumeDriver

extension LVMDriver: ManagingDriver {
    /// Lists the foreign logical volumes of the group, except thin pools and LVM's internal volumes.
    public func manageableObjects() async throws(DriverError) -> [ManageableObject] {
        let action = "list what can be managed in '\(tools.group)'"
        let layout = try await layout(to: action)
        return try await tools.volumes(.all, to: action)
            .filter { $0.owner == nil && !$0.attributes.isThinPool }
            .map { ManageableObject(name: $0.name, size: $0.size, obstacle: obstacle(to: $0, layout)) }
    }

    /// Tags and renames the logical volume. The tag comes first, so that the name alone shows that the call is
    /// complete.
    public func manage(
        _ name: String,
        as volume: VolumeID,
        operation: OperationID
    ) async throws(DriverError) -> ByteCount {
        let action = "manage '\(name)' as volume '\(volume)'"
        try checkName(name, to: action)
        let layout = try await layout(to: action)
        return try await exclusively(volume) { () throws(DriverError) in
            let holdings = try await holdings(of: volume, to: action)
            let object = try await tools.volumes(.named(name), to: action).first
            guard let object else {
                guard let found = holdings.volume else { throw notFound(name, action) }
                return found.size
            }
            guard holdings.volume == nil else { throw bothThere(name, volume, action) }
            if object.owner != volume {
                if let obstacle = obstacle(to: object, layout) {
                    throw DriverError(.refused, "cannot \(action): \(obstacle)", remedy: "lvs \(tools.path(name))")
                }
                if object.attributes.isOpen {
                    throw DriverError(
                        .busy,
                        "cannot \(action): it is open",
                        remedy: "lsof \(tools.device(name))"
                    )
                }
                try await tools.retag(name, adding: tags(volume, operation), to: action)
            }
            try await tools.deactivate(name, to: action)
            try await tools.run(action, "lvchange", ["--yes", "--setactivationskip", "y", tools.path(name)])
            try await tools.rename(name, to: volume.backendName, for: action)
            return object.size
        }
    }

    /// Renames the volume and removes this driver's tags.
    public func unmanage(
        _ volume: VolumeID,
        as name: String,
        operation: OperationID
    ) async throws(DriverError) {
        let action = "unmanage volume '\(volume)' as '\(name)'"
        try checkName(name, to: action)
        try await exclusively(volume) { () throws(DriverError) in
            let holdings = try await holdings(of: volume, to: action)
            let object = try await tools.volumes(.named(name), to: action).first
            if let found = holdings.volume {
                guard object == nil else { throw bothThere(name, volume, action) }
                if holdings.hasDependents {
                    throw DriverError(.busy, "cannot \(action): it has snapshots", remedy: "delete those first")
                }
                try refuseIfAttached(found, to: action)
                try await tools.rename(found.name, to: name, for: action)
                try await release(name, tags: found.tags, action)
            } else if let object {
                try await release(name, tags: object.owner == volume ? object.tags : [], action)
            } else {
                throw notFound(name, action)
            }
        }
    }

    private func release(_ name: String, tags: Set<String>, _ action: String) async throws(DriverError) {
        let own = tags.filter { $0.hasPrefix("volumectl.") }.sorted()
        guard !own.isEmpty else { return }
        try await tools.run(action, "lvchange", ["--yes", "--setactivationskip", "n", tools.path(name)])
        try await tools.retag(name, removing: own, to: action)
    }

    /// The reason why the logical volume can't be a volume; `nil` if it can.
    private func obstacle(to object: LogicalVolume, _ layout: Layout) -> String? {
        let attributes = object.attributes
        if isReserved(object.name) { return "'\(object.name)' has the name of this service's volumes" }
        if let owner = object.owner { return "it is volume '\(owner)' already" }
        if attributes.isClassicSnapshot { return "it is a snapshot of '\(object.origin ?? "?")'" }
        if attributes.isClassicOrigin { return "it has snapshots" }
        if attributes.isThinVolume, object.pool != options.poolName {
            return "it is in thin pool '\(object.pool ?? "?")', the volumes are in '\(options.poolName)'"
        }
        guard attributes.isPlain || attributes.isThinVolume else { return "it is not a plain or a thin volume" }
        guard attributes.isThinVolume == layout.isThin else {
            return "it is \(layout.isThin ? "thick" : "thin"), the volumes of this pool are not"
        }
        guard object.size.bytes.isMultiple(of: layout.extentSize.bytes) else {
            return "its size is not a multiple of \(layout.extentSize)"
        }
        return nil
    }

    private func checkName(_ name: String, to action: String) throws(DriverError) {
        guard LVMOptions.isName(name), !isReserved(name) else {
            throw DriverError(
                .refused,
                "cannot \(action): '\(name)' is not a valid name of a foreign logical volume",
                remedy: "use letters, digits, '+', '_', '.' and '-', and not the names of this service's volumes"
            )
        }
    }

    private func isReserved(_ name: String) -> Bool {
        ["volume-", "snapshot", "_snapshot-", "_kept-", "clone-snap-"].contains { name.hasPrefix($0) }
    }

    private func notFound(_ name: String, _ action: String) -> DriverError {
        DriverError(.notFound, "cannot \(action): neither exists", remedy: "look at `lvs \(tools.group)`")
    }

    private func bothThere(_ name: String, _ volume: VolumeID, _ action: String) -> DriverError {
        DriverError(
            .refused,
            "cannot \(action): '\(tools.path(name))' and '\(tools.path(volume.backendName))' both exist",
            remedy: "use another name"
        )
    }
}
