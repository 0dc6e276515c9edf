public import Identity

/// Identifies a volume in the database and on every backend.
public typealias VolumeID = Identifier<VolumeTag>

/// Identifies a snapshot in the database and on every backend.
public typealias SnapshotID = Identifier<SnapshotTag>

/// The tag of ``VolumeID``.
public enum VolumeTag: BackendNamed {
    /// `volume-`.
    public static let backendPrefix = "volume-"
}

/// The tag of ``SnapshotID``.
public enum SnapshotTag: BackendNamed {
    /// `snapshot-`.
    public static let backendPrefix = "snapshot-"
}

/// A kind of object that this service names on backends.
public protocol BackendNamed {
    /// The beginning of its names.
    static var backendPrefix: String { get }
}

extension Identifier where Subject: BackendNamed {
    /// The object's name on every backend: `volume-6f1c0a8e-5a0b-4c6e-9a57-0d6c1b7f2e44` (`cinder: volume_name_template`).
    public var backendName: String { Subject.backendPrefix + description }

    /// `nil` unless `name` is exactly the ``backendName`` of an id. In upper case, for example, it belongs to something
    /// else.
    public init?(backendName name: some StringProtocol) {
        guard name.hasPrefix(Subject.backendPrefix) else { return nil }
        self.init(String(name.dropFirst(Subject.backendPrefix.count)))
        guard backendName == name else { return nil }
    }
}
