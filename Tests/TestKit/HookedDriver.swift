package import Identity
package import VolumeDriver

/// A driver like the one it wraps, but that something happens before and after its calls: an error, or the end.
package struct HookedDriver: VolumeDriver {
    /// A call of the contract.
    package enum Call: String, Sendable, CaseIterable {
        case create
        case delete
        case inspect
        case list
        case capacity
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
    private let base: any VolumeDriver
    private let hook: Hook

    package init(_ base: any VolumeDriver, hook: @escaping Hook) {
        self.base = base
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

    package func location(of volume: VolumeID) -> String { base.location(of: volume) }
}
