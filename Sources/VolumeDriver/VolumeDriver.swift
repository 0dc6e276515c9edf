public import Identity

/// What turns volumes into storage: one value serves one pool.
///
/// Every call is idempotent by the volume's id, because a caller that dies between a call and the record of its
/// outcome makes the call again. So `create` of a volume that is there with that size succeeds, as does `delete` of
/// one that is not; a call that was cut short half-way is completed by the next. A driver names its objects
/// deterministically, `volume-<id>`, and never by what a user typed.
///
/// What a driver can do beyond this it declares by conforming to further protocols: ``ExtendingDriver``,
/// ``SnapshottingDriver``, ``RevertingDriver``, ``CloningDriver``, ``ImagingDriver``, ``AttachingDriver``,
/// ``ExportingDriver``, ``ManagingDriver``, ``HealthCheckingDriver``, ``MarkingDriver``. A caller asks ``features`` first,
/// and gets at them by `try driver.snapshotting` and its like.
///
/// Every call may be cancelled with its task, and then throws `cancelled` as soon as it can; what was done until then is
/// partial or complete, and never wrong. A caller sets a limit to a call's time by ``withTimeLimit(_:_:_:)``.
public protocol VolumeDriver: Sendable {
    /// The name by which a configuration asks for this driver: `loopback`, `lvm`, `rbd`.
    static var kind: String { get }

    /// What the pool can do and in which steps it sizes volumes.
    var capabilities: DriverCapabilities { get }

    /// What this pool lacks of that which its type could do: no tool, an old version, a file system without clones.
    var withheldFeatures: DriverFeatures { get }

    /// Makes an empty volume of exactly `size`, a multiple of the granule, that reads as zeros.
    ///
    /// - Parameter operation: the same for every repetition of this request; for backends that remember requests.
    /// - Throws: `refused` if the volume exists with another size; `retryableElsewhere` when this pool has no room.
    func create(_ volume: VolumeID, size: ByteCount, operation: OperationID) async throws(DriverError)

    /// Removes the volume and every trace of an unfinished one. A volume that is not there is success.
    ///
    /// - Throws: `busy` while somebody uses the volume or it has snapshots; nothing has been changed then.
    func delete(_ volume: VolumeID, operation: OperationID) async throws(DriverError)

    /// What the backend really holds of the volume.
    func inspect(_ volume: VolumeID) async throws(DriverError) -> VolumePresence

    /// Every volume of this service that the backend holds, finished or not. Foreign objects are left out.
    func list() async throws(DriverError) -> [BackendVolume]

    /// How large the pool is and how much of it is free, asked of the backend now. Asked before each create, so its cost should
    /// not grow with the number of volumes: what would have to be counted is left out, unless a limit of the pool needs it.
    ///
    /// - Throws: any error when no volume can be made in the pool as it is, as when a tool is missing.
    func capacity() async throws(DriverError) -> PoolCapacity

    /// The capacity with what volumes have of it, for which each may have to be looked at; ``capacity()`` unless implemented.
    func detailedCapacity() async throws(DriverError) -> PoolCapacity

    /// Where a person finds the volume: a path or a backend's own name. Asks nothing of the backend.
    func location(of volume: VolumeID) -> String
}

extension VolumeDriver {
    /// Nothing: the pool can do all that its type can.
    public var withheldFeatures: DriverFeatures { [] }

    /// What ``capacity()`` gives.
    public func detailedCapacity() async throws(DriverError) -> PoolCapacity { try await capacity() }
}
