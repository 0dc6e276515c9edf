public import Identity

/// A driver stores volumes on a backend. One value serves one pool.
///
/// Every call is idempotent by the volume's id, because a caller that dies between a call and the record of its outcome
/// repeats the call. `create` succeeds if the volume exists with that size, and `delete` succeeds if it does not exist;
/// a call that was cut short is completed by the next. Objects have deterministic names, `volume-<id>`, which never
/// contain what a user typed.
///
/// A driver declares optional features by conforming to further protocols: ``ExtendingDriver``, ``SnapshottingDriver``,
/// ``RevertingDriver``, ``CloningDriver``, ``ImagingDriver``, ``AttachingDriver``, ``ExportingDriver``,
/// ``ManagingDriver``, ``HealthCheckingDriver``, ``MarkingDriver``, ``ReadOnlyAttachingDriver``. A caller checks ``features``, or uses `try
/// driver.snapshotting` and its like.
///
/// Every call may be cancelled with its task, and then throws `cancelled` as soon as it can. What it has created by
/// then is partial or complete, and never wrong. A caller limits the time of a call by ``withTimeLimit(_:_:_:)``.
public protocol VolumeDriver: Sendable {
    /// The driver's name in configurations: `loopback`, `lvm`, `rbd`.
    static var kind: String { get }

    /// Whether every host reaches the same backend by its configuration, so that any of them may serve a pool. Otherwise a
    /// pool belongs to one host.
    static var isShared: Bool { get }

    /// The properties of the pool's space.
    var capabilities: DriverCapabilities { get }

    /// The features of the driver's type that this pool lacks, because of a missing tool, an old version, or a file
    /// system without clones.
    var withheldFeatures: DriverFeatures { get }

    /// Creates an empty volume of exactly `size`, a multiple of the allocation unit, that reads as zeros.
    ///
    /// - Parameter operation: identifies the request, equal in every repetition of it, for backends that remember
    ///   requests.
    /// - Throws: `refused` if the volume exists with another size; `retryableElsewhere` without enough space.
    func create(_ volume: VolumeID, size: ByteCount, operation: OperationID) async throws(DriverError)

    /// Removes the volume, or the remains of an unfinished one. Idempotent: succeeds without the volume.
    ///
    /// - Throws: `busy` while the volume is in use or has snapshots; nothing has been changed then.
    func delete(_ volume: VolumeID, operation: OperationID) async throws(DriverError)

    /// Returns the state of the volume on the backend.
    func inspect(_ volume: VolumeID) async throws(DriverError) -> VolumePresence

    /// Lists all volumes of this service on the backend, including unfinished ones. Foreign objects are left out.
    func list() async throws(DriverError) -> [BackendVolume]

    /// Returns the pool's size and free space, asked of the backend now. It is called before each create, so its cost
    /// should not grow with the number of volumes: values that have to be summed up are left out, unless a limit of the
    /// pool needs them.
    ///
    /// - Throws: any error if no volume can be created in the pool now, for example because a tool is missing.
    func capacity() async throws(DriverError) -> PoolCapacity

    /// Returns the capacity including the space that volumes take, which may be slow to determine. By default the same
    /// as ``capacity()``.
    func detailedCapacity() async throws(DriverError) -> PoolCapacity

    /// Returns whether a snapshot or a clone of a volume that is written to meanwhile holds the volume's content at one
    /// moment, as after a power cut. By default `false`: a plain copy takes time.
    func copiesAtOnce() async throws(DriverError) -> Bool

    /// Returns the volume's location on the backend, such as a path. Asks nothing of the backend.
    func location(of volume: VolumeID) -> String
}

extension VolumeDriver {
    /// By default a pool belongs to one host.
    public static var isShared: Bool { false }

    /// By default no feature is withheld.
    public var withheldFeatures: DriverFeatures { [] }

    /// By default `false`.
    public func copiesAtOnce() async throws(DriverError) -> Bool { false }

    /// By default the same as ``capacity()``.
    public func detailedCapacity() async throws(DriverError) -> PoolCapacity { try await capacity() }
}
