package import Identity
package import VolumeDriver

extension HookedDriver: SnapshotReadingDriver {
    package var imageFormats: Set<ImageFormat> { (try? base.imaging)?.imageFormats ?? [] }

    package func writeImage(
        _ image: VolumeImage,
        into volume: VolumeID,
        options: TransferOptions,
        operation: OperationID
    ) async throws(DriverError) {
        try hook(.writeImage, .before)
        try await base.imaging.writeImage(image, into: volume, options: options, operation: operation)
        try hook(.writeImage, .after)
    }

    package func compare(_ volume: VolumeID, with image: VolumeImage) async throws(DriverError) -> Bool? {
        try hook(.compare, .before)
        let isEqual = try await base.imaging.compare(volume, with: image)
        try hook(.compare, .after)
        return isEqual
    }

    package func readImage(
        of volume: VolumeID,
        to image: VolumeImage,
        options: TransferOptions,
        operation: OperationID
    ) async throws(DriverError) {
        try hook(.readImage, .before)
        try await base.imaging.readImage(of: volume, to: image, options: options, operation: operation)
        try hook(.readImage, .after)
    }

    package func readImage(
        of snapshot: SnapshotID,
        of volume: VolumeID,
        to image: VolumeImage,
        options: TransferOptions,
        operation: OperationID
    ) async throws(DriverError) {
        try hook(.readImage, .before)
        try await base.snapshotReading
            .readImage(of: snapshot, of: volume, to: image, options: options, operation: operation)
        try hook(.readImage, .after)
    }
}
