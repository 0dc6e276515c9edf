public import Identity
public import TaskFlow
public import VolumeDriver

/// A volume or a snapshot of which an image file is made.
public struct SavedImage: Sendable, Hashable, Codable {
    /// The volume.
    public let volume: VolumeID
    /// The snapshot of the volume; `nil` for what the volume holds now.
    public let snapshot: SnapshotID?
    /// The name of the volume or snapshot, or its id.
    public let label: String
    /// The image file. Its path is absolute and has no symbolic links.
    public let image: VolumeImage
    /// The virtual size of the image.
    public let size: ByteCount
    /// The flow that makes the file.
    public let flow: FlowID
    /// Whether the file is complete.
    public let isComplete: Bool

    package init(
        volume: VolumeID,
        snapshot: SnapshotID?,
        label: String,
        image: VolumeImage,
        size: ByteCount,
        flow: FlowID,
        isComplete: Bool
    ) {
        self.volume = volume
        self.snapshot = snapshot
        self.label = label
        self.image = image
        self.size = size
        self.flow = flow
        self.isComplete = isComplete
    }
}
