public import Identity

/// Names a volume, in the database and on every backend.
public typealias VolumeID = Identifier<VolumeTag>

/// Names a snapshot, in the database and on every backend.
public typealias SnapshotID = Identifier<SnapshotTag>

/// What a ``VolumeID`` identifies. Has no values.
public enum VolumeTag: BackendNamed {
    /// `volume-`.
    public static let backendPrefix = "volume-"
}

/// What a ``SnapshotID`` identifies. Has no values.
public enum SnapshotTag: BackendNamed {
    /// `snapshot-`.
    public static let backendPrefix = "snapshot-"
}

/// A kind of object that backends hold under names of this service.
public protocol BackendNamed {
    /// What its names on a backend begin with.
    static var backendPrefix: String { get }
}

extension Identifier where Subject: BackendNamed {
    /// The object's name on every backend: `volume-6f1c0a8e-5a0b-4c6e-9a57-0d6c1b7f2e44` (`cinder: volume_name_template`).
    public var backendName: String { Subject.backendPrefix + description }

    /// `nil` unless `name` is exactly what ``backendName`` gives: an id in upper case is somebody else's object.
    public init?(backendName name: some StringProtocol) {
        guard name.hasPrefix(Subject.backendPrefix) else { return nil }
        self.init(String(name.dropFirst(Subject.backendPrefix.count)))
        guard backendName == name else { return nil }
    }
}
