public import FoundationEssentials
public import Identity

/// Identifies a group in the database.
public typealias GroupID = Identifier<GroupTag>

/// The tag that makes ``GroupID`` a type of its own. It has no values.
public enum GroupTag {}

/// A group of volumes of one project that belong together (`cinder: generic volume group`). A volume is in at most one.
public struct VolumeGroup: Sendable, Hashable, Codable {
    /// Identifies the group permanently.
    public let id: GroupID
    /// The project whose quota it uses and whose volumes it may contain.
    public let project: String
    /// Unique among the groups of its project.
    public let name: VolumeName
    /// A text for people; may be empty.
    public let description: String
    /// The only volume types that its volumes may have, in order; empty for any type, and for none.
    public let types: [String]
    /// The number of its volumes.
    public let volumes: Int
    /// The time at which it was created.
    public let createdAt: Date

    package init(
        id: GroupID,
        project: String,
        name: VolumeName,
        description: String,
        types: [String],
        volumes: Int = 0,
        createdAt: Date
    ) {
        (self.id, self.project, self.name, self.description) = (id, project, name, description)
        (self.types, self.volumes, self.createdAt) = (types, volumes, createdAt)
    }

    /// Checks that a volume of this type may be in the group.
    ///
    /// - Parameters:
    ///   - type: the volume's type; `nil` for none.
    ///   - subject: the request, as the words after "cannot".
    /// - Throws: `invalidInput`.
    package func requireType(_ type: String?, to subject: String) throws(VolumeError) {
        guard !types.isEmpty, !types.contains(where: { $0 == type }) else { return }
        throw VolumeError(
            .invalidInput,
            "cannot \(subject): its type is \(type.map(\.quoted) ?? "none"), which group \"\(name)\" does not take",
            cause: "the group takes volumes of type " + types.map(\.quoted).joined(separator: ", "),
            remedies: [.showGroup(name.description), .listTypes]
        )
    }
}

/// A request for a new group.
public struct GroupRequest: Sendable, Hashable, Codable {
    /// The group's name.
    public var name: VolumeName
    /// A text for people; may be empty.
    public var description: String
    /// The only volume types that its volumes may have; empty for any type, and for none.
    public var types: Set<String>

    /// - Parameters:
    ///   - name: the group's name.
    ///   - description: a text for people; may be empty.
    ///   - types: the only volume types that its volumes may have; empty for any type, and for none.
    public init(name: VolumeName, description: String = "", types: Set<String> = []) {
        (self.name, self.description, self.types) = (name, description, types)
    }
}

/// The result of a request for a group.
public struct CreatedGroup: Sendable, Hashable, Codable {
    /// The group, new or existing.
    public let group: VolumeGroup
    /// `false` if the same group existed already.
    public let isNew: Bool

    package init(group: VolumeGroup, isNew: Bool) { (self.group, self.isNew) = (group, isNew) }
}

/// A change of a group. `nil` keeps the present value.
public struct GroupChange: Sendable, Hashable, Codable {
    /// The new name.
    public var name: VolumeName?
    /// A text for people; may be empty.
    public var description: String?

    /// - Parameters:
    ///   - name: the new name.
    ///   - description: a text for people; may be empty.
    public init(name: VolumeName? = nil, description: String? = nil) {
        (self.name, self.description) = (name, description)
    }
}
