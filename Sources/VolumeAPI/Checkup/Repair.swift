public import VolumeDriver

/// What a repair of a volume or snapshot has found, and what it has changed.
public struct Repair: Sendable, Hashable, Codable {
    /// The id of the volume or snapshot.
    public let id: String
    /// Its name, or its id if it has none.
    public let label: String
    /// What its pool holds of it.
    public let found: VolumePresence
    /// The status that it had.
    public let formerStatus: String
    /// The status that it has now; the former one if nothing had to be changed, or can be by a repair.
    public let status: String
    /// What a person can do about what a repair can't change; empty if there is nothing to do.
    public let remedies: [Remedy]

    package init(
        id: String,
        label: String,
        found: VolumePresence,
        formerStatus: String,
        status: String,
        remedies: [Remedy]
    ) {
        (self.id, self.label, self.found) = (id, label, found)
        (self.formerStatus, self.status, self.remedies) = (formerStatus, status, remedies)
    }

    /// Whether the status was changed.
    public var isChanged: Bool { status != formerStatus }
}
