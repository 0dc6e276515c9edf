public import Identity

/// A driver that can transfer volumes from and to image files.
public protocol ImagingDriver: VolumeDriver {
    /// The formats of image files that it reads and writes.
    var imageFormats: Set<ImageFormat> { get }

    /// Writes the content of the image to the volume; the rest of the volume reads as zeros.
    ///
    /// A call that was cut short leaves the volume with its size and undefined content; the next call starts again.
    ///
    /// - Throws: `notFound` without the volume; `refused` if the image is larger than the volume, or its format is not
    ///   supported; `busy` while the volume is attached; `cancelled`.
    func writeImage(
        _ image: VolumeImage,
        into volume: VolumeID,
        options: TransferOptions,
        operation: OperationID
    ) async throws(DriverError)

    /// Returns whether the volume holds the content of the image, followed by zeros; `nil` if the driver can't compare
    /// them. By default `nil`.
    ///
    /// - Throws: `notFound` without the volume; `refused` if the image can't be read; `cancelled`.
    func compare(_ volume: VolumeID, with image: VolumeImage) async throws(DriverError) -> Bool?

    /// Writes the content of the volume to an image file. The file appears under its name, replacing an existing one,
    /// only when it is complete and durable. Blocks of zeros become holes if the format supports them.
    ///
    /// A call that fails or is cancelled leaves no file; one that was killed leaves `.NAME.partial`, which the next
    /// call overwrites.
    ///
    /// - Throws: `notFound` without the volume; `refused` if the format is not supported; `cancelled`.
    func readImage(
        of volume: VolumeID,
        to image: VolumeImage,
        options: TransferOptions,
        operation: OperationID
    ) async throws(DriverError)
}

extension ImagingDriver {
    /// By default the driver can't compare.
    public func compare(_ volume: VolumeID, with image: VolumeImage) async throws(DriverError) -> Bool? { nil }
}

/// A driver that can save snapshots as image files.
public protocol SnapshotReadingDriver: ImagingDriver, SnapshottingDriver {
    /// Writes the content of the snapshot to an image file, as
    /// ``ImagingDriver/readImage(of:to:options:operation:)`` does with a volume's.
    ///
    /// - Throws: `notFound` without the snapshot; `refused` if the format is not supported; `cancelled`.
    func readImage(
        of snapshot: SnapshotID,
        of volume: VolumeID,
        to image: VolumeImage,
        options: TransferOptions,
        operation: OperationID
    ) async throws(DriverError)
}

/// The format of an image file. It is never guessed from the file's content, because that is under its author's
/// control.
public enum ImageFormat: String, Sendable, Hashable, Codable, CaseIterable {
    /// The plain bytes, with holes for zeros.
    case raw
    /// QEMU's format, without a backing file.
    case qcow2
}

/// An image file.
public struct VolumeImage: Sendable, Hashable, Codable {
    /// The absolute path.
    public let path: String
    /// The format of the file.
    public let format: ImageFormat

    /// - Parameter path: an absolute path.
    public init(path: String, format: ImageFormat) {
        self.path = path
        self.format = format
    }
}

/// The options of a transfer.
public struct TransferOptions: Sendable {
    /// Is called with the progress: at most a few times a second, and at least once at the end.
    public typealias Progress = @Sendable (TransferProgress) -> Void

    /// The maximum average number of bytes per second; `nil` for no limit (`cinder: volume_copy_bps_limit`).
    public let bytesPerSecond: ByteCount?
    /// Is called with the progress.
    public let progress: Progress?

    /// - Parameters:
    ///   - bytesPerSecond: the maximum average rate; `nil` for no limit.
    ///   - progress: is called with the progress.
    public init(bytesPerSecond: ByteCount? = nil, progress: Progress? = nil) {
        self.bytesPerSecond = bytesPerSecond
        self.progress = progress
    }
}

/// The progress of a transfer.
public struct TransferProgress: Sendable, Hashable, Codable {
    /// The completed amount, which never decreases and never exceeds `total`.
    public let completed: ByteCount
    /// The amount to transfer.
    public let total: ByteCount

    /// - Parameters:
    ///   - completed: the completed amount.
    ///   - total: the amount to transfer.
    public init(completed: ByteCount, total: ByteCount) {
        self.completed = completed
        self.total = total
    }
}
