public import Identity

/// A driver that fills volumes from image files and writes them to image files.
public protocol ImagingDriver: VolumeDriver {
    /// The formats of image files that it reads and writes.
    var imageFormats: Set<ImageFormat> { get }

    /// Has the volume hold what the image does; the rest of it reads as zeros.
    ///
    /// A call that was cut short leaves the volume with its size and any content; the next begins anew.
    ///
    /// - Throws: `notFound` without the volume; `refused` if the image is larger than it, or its format isn't taken;
    ///   `busy` while the volume is attached; `cancelled`.
    func writeImage(
        _ image: VolumeImage,
        into volume: VolumeID,
        options: TransferOptions,
        operation: OperationID
    ) async throws(DriverError)

    /// Writes what the volume holds to the image, a file that appears under its name only when it is complete and
    /// durable, in the place of one that was there. Blocks of zeros become holes where the format knows such.
    ///
    /// A call that fails or is cancelled leaves no file; one that was killed leaves `.NAME.partial`, which the next
    /// overwrites.
    ///
    /// - Throws: `notFound` without the volume; `refused` if the format isn't written; `cancelled`.
    func readImage(
        of volume: VolumeID,
        to image: VolumeImage,
        options: TransferOptions,
        operation: OperationID
    ) async throws(DriverError)
}

/// How an image file is written. Never guessed from a file's content, which its author chose.
public enum ImageFormat: String, Sendable, Hashable, Codable, CaseIterable {
    /// The bytes themselves, with holes for zeros.
    case raw
    /// QEMU's format, without a backing file.
    case qcow2
}

/// An image file.
public struct VolumeImage: Sendable, Hashable, Codable {
    /// Its absolute path.
    public let path: String
    /// Its format.
    public let format: ImageFormat

    /// - Parameter path: an absolute path.
    public init(path: String, format: ImageFormat) {
        self.path = path
        self.format = format
    }
}

/// How to transfer data, and who hears of it.
public struct TransferOptions: Sendable {
    /// Hears of progress: a few times a second at most, but at least once when all is done.
    public typealias Progress = @Sendable (TransferProgress) -> Void

    /// The most bytes a second on average; `nil` for no limit (`cinder: volume_copy_bps_limit`).
    public let bytesPerSecond: ByteCount?
    /// Hears of progress.
    public let progress: Progress?

    /// - Parameters:
    ///   - bytesPerSecond: the most on average; `nil` for no limit.
    ///   - progress: hears of progress.
    public init(bytesPerSecond: ByteCount? = nil, progress: Progress? = nil) {
        self.bytesPerSecond = bytesPerSecond
        self.progress = progress
    }
}

/// How far a transfer is.
public struct TransferProgress: Sendable, Hashable {
    /// What is done. Never less than it was before, nor more than `total`.
    public let completed: ByteCount
    /// All there is to do.
    public let total: ByteCount

    /// - Parameters:
    ///   - completed: what is done.
    ///   - total: all there is to do.
    public init(completed: ByteCount, total: ByteCount) {
        self.completed = completed
        self.total = total
    }
}
