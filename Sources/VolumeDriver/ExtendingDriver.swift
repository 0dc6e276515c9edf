public import Identity

/// A driver that makes volumes larger.
public protocol ExtendingDriver: VolumeDriver {
    /// Makes the volume exactly `size` long, a multiple of the granule; what is added reads as zeros, the rest stays.
    ///
    /// That it has this size already is success. Also while the volume is attached: its device shows the new size.
    ///
    /// - Throws: `notFound` without the volume; `refused` if it is larger; `retryableElsewhere` when there is no room.
    ///   What failed has left the volume as it was, or extended.
    func extend(_ volume: VolumeID, to size: ByteCount, operation: OperationID) async throws(DriverError)
}
