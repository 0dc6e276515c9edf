public import VolumeDriver

/// An object on a pool's backend, or one that the database expects there.
public struct PoolObject: Sendable, Hashable, Codable {
    /// The kind of an object, by its name on the backend.
    public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
        /// It has the name of a volume of this service.
        case volume
        /// It has the name of a snapshot of this service.
        case snapshot
        /// It does not belong to this service.
        case foreign
    }

    /// The record to which an object belongs.
    public enum Owner: Sendable, Hashable, Codable {
        /// A volume of the project, and what it is called.
        case volume(VolumeID, label: String)
        /// A snapshot of the project, and what it is called.
        case snapshot(SnapshotID, label: String)
        /// A volume or snapshot of another project.
        case otherProject
    }

    /// How an object compares with the records.
    public enum State: String, Sendable, Hashable, Codable, CaseIterable {
        /// It is as recorded.
        case recorded
        /// Its record promises nothing now: it is being created or removed, or that failed.
        case unsettled
        /// It is unfinished, or has another size than recorded.
        case differs
        /// It is recorded, and does not exist.
        case missing
        /// Its record says that it is in another pool.
        case elsewhere
        /// No record of any project knows it.
        case unknown
    }

    /// Its name on the backend.
    public let name: String
    /// The kind of the object.
    public let kind: Kind
    /// Whether it exists, and its exact size.
    public let presence: VolumePresence
    /// The record to which it belongs; `nil` if no record knows it.
    public let owner: Owner?
    /// How it compares with its record.
    public let state: State
    /// The size in its record.
    public let recordedSize: ByteCount?
    /// The status in its record.
    public let recordedStatus: String?
    /// The reason why an unknown object can't be adopted; `nil` if it can, or is known.
    public let obstacle: String?

    package init(
        name: String,
        kind: Kind,
        presence: VolumePresence,
        owner: Owner? = nil,
        state: State,
        recordedSize: ByteCount? = nil,
        recordedStatus: String? = nil,
        obstacle: String? = nil
    ) {
        (self.name, self.kind, self.presence, self.owner) = (name, kind, presence, owner)
        (self.state, self.recordedSize, self.recordedStatus) = (state, recordedSize, recordedStatus)
        self.obstacle = obstacle
    }
}
