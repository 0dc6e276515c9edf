package import Identity
package import VolumeDriver

/// A driver that makes and removes volumes as another one does. It has none of the optional features of that, except those
/// that it declares itself.
package protocol ForwardingDriver: VolumeDriver {
    associatedtype Base: VolumeDriver
    var base: Base { get }
}

extension ForwardingDriver {
    package var capabilities: DriverCapabilities { base.capabilities }

    package func create(_ volume: VolumeID, size: ByteCount, operation: OperationID) async throws(DriverError) {
        try await base.create(volume, size: size, operation: operation)
    }

    package func delete(_ volume: VolumeID, operation: OperationID) async throws(DriverError) {
        try await base.delete(volume, operation: operation)
    }

    package func inspect(_ volume: VolumeID) async throws(DriverError) -> VolumePresence {
        try await base.inspect(volume)
    }

    package func list() async throws(DriverError) -> [BackendVolume] { try await base.list() }

    package func capacity() async throws(DriverError) -> PoolCapacity { try await base.capacity() }

    package func location(of volume: VolumeID) -> String { base.location(of: volume) }
}
