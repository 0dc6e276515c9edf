public import Identity

/// A driver that can enlarge volumes.
public protocol ExtendingDriver: VolumeDriver {
    /// Enlarges the volume to exactly `size`, a multiple of the allocation unit. The added part reads as zeros, and the
    /// rest is unchanged.
    ///
    /// Idempotent: succeeds if the volume has this size already. An attached volume is extended, too, and its device
    /// gets the new size.
    ///
    /// - Throws: `notFound` without the volume; `refused` if it is larger; `retryableElsewhere` without enough space.
    ///   After a failure the volume has the old or the new size.
    func extend(_ volume: VolumeID, to size: ByteCount, operation: OperationID) async throws(DriverError)
}
