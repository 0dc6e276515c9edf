public import Identity

/// A driver that takes over objects that its backend holds under other names, and lets go of volumes.
public protocol ManagingDriver: VolumeDriver {
    /// What of the backend could be taken over, and what could not and why. Volumes of this service are left out.
    func manageableObjects() async throws(DriverError) -> [ManageableObject]

    /// Makes the object `name` the volume, under the volume's name, with all that it holds.
    ///
    /// That the volume is there and the object is not is success: the call was made before.
    ///
    /// - Returns: the volume's exact size.
    /// - Throws: `notFound` without either; `refused` if both are there, or the object can't be a volume: by its name,
    ///   which is checked as any other input, by its kind, or by its size, which is no multiple of the granule;
    ///   `busy` while somebody uses it.
    func manage(
        _ name: String,
        as volume: VolumeID,
        operation: OperationID
    ) async throws(DriverError) -> ByteCount

    /// Lets go of the volume: it becomes the object `name`, which this service does not touch any more.
    ///
    /// That the object is there and the volume is not is success: the call was made before.
    ///
    /// - Throws: `notFound` without either; `refused` if both are there, or `name` can't be an object's, or is that of a
    ///   volume; `busy` while somebody uses the volume or it has snapshots.
    func unmanage(
        _ volume: VolumeID,
        as name: String,
        operation: OperationID
    ) async throws(DriverError)
}

/// An object of a backend that isn't this service's.
public struct ManageableObject: Sendable, Hashable, Codable {
    /// What the backend calls it.
    public let name: String
    /// Its exact size.
    public let size: ByteCount
    /// Why it can't be taken over; `nil` when it can.
    public let obstacle: String?

    /// - Parameters:
    ///   - name: what the backend calls it.
    ///   - size: its exact size.
    ///   - obstacle: why it can't be taken over.
    public init(name: String, size: ByteCount, obstacle: String? = nil) {
        self.name = name
        self.size = size
        self.obstacle = obstacle
    }
}
