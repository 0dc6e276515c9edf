public import Identity

/// A driver that can turn foreign objects of its backend into volumes and vice versa.
public protocol ManagingDriver: VolumeDriver {
    /// Lists the backend's foreign objects, and why some of them can't be managed. Volumes of this service are left
    /// out.
    func manageableObjects() async throws(DriverError) -> [ManageableObject]

    /// Turns the foreign object `name` into the volume, with its content, by renaming it.
    ///
    /// Idempotent: succeeds if the volume exists and the object does not.
    ///
    /// - Returns: the volume's exact size.
    /// - Throws: `notFound` if neither exists; `refused` if both exist, or the object can't be a volume because of its
    ///   name, kind or size, which has to be a multiple of the allocation unit; `busy` while the object is in use.
    func manage(
        _ name: String,
        as volume: VolumeID,
        operation: OperationID
    ) async throws(DriverError) -> ByteCount

    /// Turns the volume into the foreign object `name`, which this service no longer touches.
    ///
    /// Idempotent: succeeds if the object exists and the volume does not.
    ///
    /// - Throws: `notFound` if neither exists; `refused` if both exist, or `name` is invalid or a volume's name; `busy`
    ///   while the volume is in use or has snapshots.
    func unmanage(
        _ volume: VolumeID,
        as name: String,
        operation: OperationID
    ) async throws(DriverError)
}

/// An object on a backend that does not belong to this service.
public struct ManageableObject: Sendable, Hashable, Codable {
    /// Its name on the backend.
    public let name: String
    /// Its exact size.
    public let size: ByteCount
    /// The reason why it can't be managed; `nil` if it can.
    public let obstacle: String?

    /// - Parameters:
    ///   - name: its name on the backend.
    ///   - size: its exact size.
    ///   - obstacle: why it can't be managed.
    public init(name: String, size: ByteCount, obstacle: String? = nil) {
        self.name = name
        self.size = size
        self.obstacle = obstacle
    }
}
