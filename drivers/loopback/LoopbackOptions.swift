public import VolumeDriver

/// How a pool keeps its volumes, and how much they may be.
public struct LoopbackOptions: Sendable, Hashable {
    /// When a raw file takes its space.
    public enum Allocation: String, Sendable, Hashable, CaseIterable {
        /// As it is written.
        case sparse
        /// When it is made: a write to the volume never fails for want of room.
        case full
    }

    /// How files are written.
    public var format: ImageFormat
    /// When raw files take their space; those in qcow2 always do as they are written.
    public var allocation: Allocation
    /// What the sizes of volumes and snapshots may come to; `nil` for no limit.
    public var promisedLimit: ByteCount?
    /// What volumes and snapshots may really take; `nil` for the file system's size.
    public var allocatedLimit: ByteCount?
    /// Where the sockets of exports are: an absolute path, which need not exist yet. Without it nothing is exported.
    public var exportDirectory: String?

    /// - Parameters:
    ///   - format: how files are written.
    ///   - allocation: when raw files take their space.
    ///   - promisedLimit: what the sizes of volumes and snapshots may come to.
    ///   - allocatedLimit: what they may really take.
    ///   - exportDirectory: where the sockets of exports are.
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
