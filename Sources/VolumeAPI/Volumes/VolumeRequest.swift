public import Identity
public import VolumeDriver

/// The source of a new volume's data, by a complete name or id.
public enum VolumeSource: Sendable, Hashable, Codable {
    /// The data of a snapshot.
    case snapshot(String)
    /// The data of another volume at the time of the copy.
    case volume(String)
    /// The content of an image file of this host. Its path is absolute.
    case image(VolumeImage)
}

/// A create request. Pass an id to make retries idempotent.
public struct VolumeRequest: Sendable, Hashable, Codable {
    /// The volume's name; `nil` for a volume that is referred to by its id.
    public var name: VolumeName?
    /// The volume's size; `nil` for the size of its source.
    public var size: SizeExpression?
    /// The source of the volume's data; `nil` for an empty volume.
    public var source: VolumeSource?
    /// The only pool that may be chosen; `nil` leaves the choice to the scheduler.
    public var pool: String?
    /// The configured pool for requests that name none. It is not part of the request: a request stays the same when
    /// the configuration changes.
    public var defaultPool: String?
    /// The name of the volume's type; `nil` for that of its source, or otherwise ``defaultType``.
    public var type: String?
    /// The configured type for requests that name none. It is not part of the request: a request stays the same when the
    /// configuration changes.
    public var defaultType: String?
    /// The group in which it is created, by its complete name or id; `nil` for none.
    public var group: String?
    /// The place in which it is to be created; `nil` for any.
    public var placement: PlacementRequest?
    /// The attributes of a new volume. They are not compared with those of an existing one.
    public var attributes = VolumeAttributes()
    /// A request that is made again with the same key has the outcome of the first; `nil` for a request of its own.
    public var idempotencyKey: IdempotencyKey?
    /// The id of the volume to create.
    public private(set) var id: VolumeID
    /// Whether the caller chose the id. Only then can an existing volume with this id be the requested one.
    package let isIDSupplied: Bool

    /// - Parameters:
    ///   - name: the volume's name; `nil` for a volume that is referred to by its id.
    ///   - size: a size, or a share of a pool's free space; may be left out if there is a source.
    ///   - source: the source of the volume's data; `nil` for an empty volume.
    ///   - pool: the only pool that may be chosen.
    ///   - id: the volume's id, which makes retries idempotent; `nil` for a new one.
    public init(
        name: VolumeName? = nil,
        size: SizeExpression? = nil,
        source: VolumeSource? = nil,
        pool: String? = nil,
        id: VolumeID? = nil
    ) {
        self.name = name
        self.size = size
        self.source = source
        self.pool = pool
        self.id = id ?? .random()
        isIDSupplied = id != nil
    }

    /// The image file that the volume is made of.
    package var image: VolumeImage? {
        guard case .image(let image) = source else { return nil }
        return image
    }

    /// The name, or the id of a volume that gets none.
    package var label: String { name?.description ?? id.description }

    /// Whether `other` is the same request, made again: it may have another generated id and another configured pool.
    package func isRepeated(by other: VolumeRequest) -> Bool {
        var other = other
        (other.defaultPool, other.defaultType) = (defaultPool, defaultType)
        if !isIDSupplied { other.id = id }
        return self == other
    }
}

/// The result of a create request.
public struct CreatedVolume: Sendable, Hashable, Codable {
    /// The volume, new or existing.
    public let volume: Volume
    /// The volume's location on its backend, such as a path.
    public let location: String
    /// `false` if a volume with this name and specification existed already.
    public let isNew: Bool
    /// Whether it is a copy of a volume in use: it holds what that held at one moment, as after a power cut.
    public let isCrashConsistent: Bool

    package init(
        volume: Volume,
        location: String,
        isNew: Bool,
        isCrashConsistent: Bool = false
    ) {
        self.volume = volume
        self.location = location
        self.isNew = isNew
        self.isCrashConsistent = isCrashConsistent
    }
}

/// The result of a resize request.
public struct ResizedVolume: Sendable, Hashable, Codable {
    /// The volume.
    public let volume: Volume
    /// The size before the request.
    public let oldSize: ByteCount

    /// - Parameter oldSize: the size before the request.
    package init(volume: Volume, oldSize: ByteCount) {
        self.volume = volume
        self.oldSize = oldSize
    }
}
