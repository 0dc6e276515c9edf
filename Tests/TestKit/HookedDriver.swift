package import Identity
package import VolumeDriver

/// A driver like the one it wraps, but that something happens before and after its calls: an error, or the end.
package struct HookedDriver: MarkingDriver, ExtendingDriver {
    /// A call of the contract.
    package enum Call: String, Sendable, CaseIterable {
        case create
        case delete
        case extend
        case inspect
        case list
        case capacity
        case identify
        case mark
        case createSnapshot
        case deleteSnapshot
        case inspectSnapshot
        case listSnapshots
        case createFromSnapshot
        case revert
        case clone
        case attach
        case detach
        case look
        case export
        case unexport
        case lookAtExport
    }

    /// Where a call is.
    package enum Moment: String, Sendable, CaseIterable {
        /// It has had no effect yet.
        case before
        /// It has had its effect and not returned.
        case after
    }

    /// What happens; an error is thrown as the call's own.
    package typealias Hook = @Sendable (Call, Moment) throws(DriverError) -> Void

    package static let kind = "hooked"
    let base: any VolumeDriver
    let hook: Hook
    private let withheld: DriverFeatures
    private let devices: PretendDevices?
    /// Pretended devices that stand for servers.
    let servers: PretendDevices?
    private let usesRealDevices: Bool

    /// - Parameters:
    ///   - withheld: what it does not offer though `base` does.
    ///   - devices: where it attaches volumes; without it does not offer that.
    ///   - servers: where it exports volumes; without it does not offer that.
    ///   - usesRealDevices: whether it attaches volumes as `base` does.
    package init(
        _ base: any VolumeDriver,
        withholding withheld: DriverFeatures = [],
        devices: PretendDevices? = nil,
        servers: PretendDevices? = nil,
        usesRealDevices: Bool = false,
        hook: @escaping Hook
    ) {
        self.base = base
        self.withheld = withheld
        self.devices = devices
        self.servers = servers
        self.usesRealDevices = usesRealDevices
        self.hook = hook
    }

    package var capabilities: DriverCapabilities { base.capabilities }

    package func create(_ volume: VolumeID, size: ByteCount, operation: OperationID) async throws(DriverError) {
        try hook(.create, .before)
        try await base.create(volume, size: size, operation: operation)
        try hook(.create, .after)
    }

    package func delete(_ volume: VolumeID, operation: OperationID) async throws(DriverError) {
        try hook(.delete, .before)
        try await base.delete(volume, operation: operation)
        try hook(.delete, .after)
    }

    package func extend(_ volume: VolumeID, to size: ByteCount, operation: OperationID) async throws(DriverError) {
        try hook(.extend, .before)
        try await base.extending.extend(volume, to: size, operation: operation)
        try hook(.extend, .after)
    }

    package func inspect(_ volume: VolumeID) async throws(DriverError) -> VolumePresence {
        try hook(.inspect, .before)
        let presence = try await base.inspect(volume)
        try hook(.inspect, .after)
        return presence
    }

    package func list() async throws(DriverError) -> [BackendVolume] {
        try hook(.list, .before)
        let volumes = try await base.list()
        try hook(.list, .after)
        return volumes
    }

    package func capacity() async throws(DriverError) -> PoolCapacity {
        try hook(.capacity, .before)
        let capacity = try await base.capacity()
        try hook(.capacity, .after)
        return capacity
    }

    package var withheldFeatures: DriverFeatures {
        var offered = base.features.subtracting([.attach, .export])
        if devices != nil || usesRealDevices { offered.insert(.attach) }
        if servers != nil { offered.insert(.export) }
        return DriverFeatures.all.subtracting(offered).union(withheld)
    }

    package func location(of volume: VolumeID) -> String { base.location(of: volume) }

    package func poolID() async throws(DriverError) -> PoolID? {
        try hook(.identify, .before)
        let id = try await base.marking.poolID()
        try hook(.identify, .after)
        return id
    }

    package func markPool(as id: PoolID) async throws(DriverError) -> PoolID {
        try hook(.mark, .before)
        let mark = try await base.marking.markPool(as: id)
        try hook(.mark, .after)
        return mark
    }

    package func bound(to pool: PoolID) -> HookedDriver {
        guard let driver = try? base.marking else { return self }
        return HookedDriver(
            driver.bound(to: pool),
            withholding: withheld,
            devices: devices,
            servers: servers,
            usesRealDevices: usesRealDevices,
            hook: hook
        )
    }
}

extension HookedDriver: AttachingDriver {
    package func attach(_ volume: VolumeID, operation: OperationID) async throws(DriverError) -> LocalAttachment {
        try hook(.attach, .before)
        let device =
            if let devices {
                try devices.make(for: volume)
            } else {
                try await base.attaching.attach(volume, operation: operation)
            }
        try hook(.attach, .after)
        return device
    }

    package func detach(_ volume: VolumeID, operation: OperationID) async throws(DriverError) {
        try hook(.detach, .before)
        if let devices {
            devices.remove(of: volume)
        } else {
            try await base.attaching.detach(volume, operation: operation)
        }
        try hook(.detach, .after)
    }

    package func attachment(of volume: VolumeID) async throws(DriverError) -> LocalAttachment? {
        try hook(.look, .before)
        let device =
            if let devices { devices.device(of: volume) } else { try await base.attaching.attachment(of: volume) }
        try hook(.look, .after)
        return device
    }
}
