/// The objects that an abandoned flow was working on.
public struct AbandonedObjects: Sendable, Hashable, Codable {
    /// The volumes, as they were before.
    public let volumes: [Volume]
    /// The snapshots, as they were before.
    public let snapshots: [Snapshot]

    package init(volumes: [Volume], snapshots: [Snapshot]) {
        (self.volumes, self.snapshots) = (volumes, snapshots)
    }
}
