public import VolumeDriver

/// The format and the limits of a pool.
public struct LoopbackOptions: Sendable, Hashable {
    /// The time at which the space of a raw file is allocated.
    public enum Allocation: String, Sendable, Hashable, CaseIterable {
        /// The time at which it is written.
        case sparse
        /// The time at which the file is created, so that writing to the volume never fails for lack of space.
        case full
    }

    /// The format of the files.
    public var format: ImageFormat
    /// The time at which the space of raw files is allocated; qcow2 files are always sparse.
    public var allocation: Allocation
    /// The limit on the total size of volumes and snapshots; `nil` for none.
    public var promisedLimit: ByteCount?
    /// The limit on the space that volumes and snapshots take; `nil` for the size of the file system.
    public var allocatedLimit: ByteCount?
    /// The absolute path of the directory of exports' sockets, which need not exist yet; `nil` disables exports.
    public var exportDirectory: String?

    /// - Parameters:
    ///   - format: the format of the files.
    ///   - allocation: when the space of raw files is allocated.
    ///   - promisedLimit: the limit on the total size of volumes and snapshots.
    ///   - allocatedLimit: the limit on the space that they take.
    ///   - exportDirectory: the directory of exports' sockets.
    public init(
        format: ImageFormat = .raw,
        allocation: Allocation = .sparse,
        promisedLimit: ByteCount? = nil,
        allocatedLimit: ByteCount? = nil,
        exportDirectory: String? = nil
    ) {
        self.format = format
        self.allocation = format == .raw ? allocation : .sparse
        self.promisedLimit = promisedLimit
        self.allocatedLimit = allocatedLimit
        self.exportDirectory = exportDirectory
    }

    var hasLimit: Bool { promisedLimit != nil || allocatedLimit != nil }
}
