public import FoundationEssentials

/// A kind of volume, which says what the pools that hold such volumes must be able to do (`cinder: volume type`).
public struct VolumeType: Sendable, Hashable, Codable {
    /// The name, unique among all types.
    public let name: String
    /// A text for people; may be empty.
    public let description: String
    /// Requirements on pools and settings of volumes, by their keys (`cinder: extra specs`).
    public let extraSpecs: [String: String]
    /// The projects that may use a private type, in order (`cinder: volume type access`); `nil` for a public type, which
    /// every project may use.
    public let projects: [String]?
    /// How users encrypt volumes of the type; `nil` for not at all.
    public let encryption: VolumeEncryption?
    /// The time at which the type was created.
    public let createdAt: Date

    /// - Parameters:
    ///   - name: the name, unique among all types.
    ///   - description: a text for people; may be empty.
    ///   - extraSpecs: requirements on pools and settings of volumes, by their keys.
    ///   - projects: the projects that may use a private type; `nil` for a public type.
    ///   - encryption: how users encrypt volumes of the type.
    ///   - createdAt: when the type was created.
    package init(
        name: String,
        description: String,
        extraSpecs: [String: String],
        projects: [String]? = nil,
        encryption: VolumeEncryption? = nil,
        createdAt: Date
    ) {
        self.name = name
        self.description = description
        self.extraSpecs = extraSpecs
        self.projects = projects
        self.encryption = encryption
        self.createdAt = createdAt
    }
}

/// A change of a volume type. `nil` keeps the present value.
public struct VolumeTypeChange: Sendable, Hashable, Codable {
    /// A text for people; may be empty.
    public var description: String?
    /// Extra specs to add, or to give another value.
    public var extraSpecs: [String: String]
    /// The keys of extra specs to remove. Unknown keys are ignored.
    public var removedSpecs: Set<String>
    /// Whether only projects with access may use the type. The project that makes it private has access.
    public var isPrivate: Bool?
    /// How users encrypt volumes of the type.
    public var encryption: EncryptionChange?
    /// Whether volumes of the type are no longer encrypted.
    public var removesEncryption: Bool

    /// - Parameters:
    ///   - description: a text for people; may be empty.
    ///   - extraSpecs: extra specs to add, or to give another value.
    ///   - removedSpecs: the keys of extra specs to remove. Unknown keys are ignored.
    ///   - isPrivate: whether only projects with access may use the type.
    ///   - encryption: how users encrypt volumes of the type.
    ///   - removesEncryption: whether volumes of the type are no longer encrypted.
    public init(
        description: String? = nil,
        extraSpecs: [String: String] = [:],
        removedSpecs: Set<String> = [],
        isPrivate: Bool? = nil,
        encryption: EncryptionChange? = nil,
        removesEncryption: Bool = false
    ) {
        self.description = description
        self.extraSpecs = extraSpecs
        self.removedSpecs = removedSpecs
        self.isPrivate = isPrivate
        self.encryption = encryption
        self.removesEncryption = removesEncryption
    }
}
