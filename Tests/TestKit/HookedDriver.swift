package import Identity
package import VolumeDriver

/// A driver with a hook before and after each call of the driver that it wraps.
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
        case writeImage
        case compare
        case readImage
        case attach
        case detach
        case look
        case export
        case unexport
        case lookAtExport
        case manageableObjects
        case manage
        case unmanage
    }

    /// The position of a hook.
    package enum Moment: String, Sendable, CaseIterable {
        /// Before the call's effect.
        case before
        /// After the call's effect and before its return.
        case after
    }

    /// A hook; the call throws the hook's error as its own.
    package typealias Hook = @Sendable (Call, Moment) throws(DriverError) -> Void

    package static let kind = "hooked"
    let base: any VolumeDriver
    let hook: Hook
    private let withheld: DriverFeatures
    private let devices: PretendDevices?
    /// The pretended devices that represent servers.
    let servers: PretendDevices?
    private let usesRealDevices: Bool
    private let isAtomic: Bool

    /// - Parameters:
    ///   - withheld: the features of `base` that it does not offer.
    ///   - devices: the devices for attachments; `nil` without that feature.
    ///   - servers: the devices for exports; `nil` without that feature.
    ///   - usesRealDevices: whether `base` attaches the volumes.
    ///   - isAtomic: whether it says that copies of volumes in use hold the content of one moment.
    package init(
        _ base: any VolumeDriver,
        withholding withheld: DriverFeatures = [],
        devices: PretendDevices? = nil,
        servers: PretendDevices? = nil,
        usesRealDevices: Bool = false,
        copyingAtOnce isAtomic: Bool = false,
        hook: @escaping Hook
    ) {
        self.base = base
        self.withheld = withheld
        self.devices = devices
        self.servers = servers
        self.usesRealDevices = usesRealDevices
        self.isAtomic = isAtomic
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
        var offered = base.features.subtracting([.attach, .readOnly, .export, .readOnlyExport])
        if devices != nil || usesRealDevices { offered.insert(.attach) }
        if devices != nil { offered.insert(.readOnly) }
        if servers != nil { offered.formUnion([.export, .readOnlyExport]) }
        return DriverFeatures.all.subtracting(offered).union(withheld)
    }

    package func copiesAtOnce() async throws(DriverError) -> Bool { isAtomic }

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
            copyingAtOnce: isAtomic,
            hook: hook
        )
    }
}

extension HookedDriver: ReadOnlyAttachingDriver {
    package func attach(
        _ volume: VolumeID,
        isReadOnly: Bool,
        operation: OperationID
    ) async throws(DriverError) -> LocalAttachment {
        try hook(.attach, .before)
        let device =
            if let devices {
                try devices.make(for: volume, isReadOnly: isReadOnly)
            } else if isReadOnly {
                throw DriverError(.unsupported, "there are no devices")
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
