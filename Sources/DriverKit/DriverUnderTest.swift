public import Identity
public import VolumeDriver

/// A driver to be checked, its scratch pool, and ways to manipulate the pool without the driver.
///
/// The pool should be empty and expendable. Rules touch and remove only what they have created.
public struct DriverUnderTest: Sendable {
    /// Creates an instance of the driver on the pool, like another process would.
    public var make: @Sendable () async throws -> any VolumeDriver
    /// A directory for image files, with space for a few volumes.
    public var scratchDirectory: String
    /// Reads and writes the bytes of volumes; `nil` uses the driver's own attach or image calls.
    public var content: (any ContentAccess)?
    /// Creates a foreign object with this name on the backend; throws if the backend does not allow the name.
    public var plant: (@Sendable (_ name: String) async throws -> ForeignObject)?
    /// Removes a volume with the backend's own tools.
    public var vanish: (@Sendable (VolumeID) async throws -> Void)?
    /// Removes the pool's mark without the driver; `nil` leaves marks that rules have made.
    public var unmark: (@Sendable () async throws -> Void)?
    /// The time after which a rule counts as hung.
    public var timeLimit: Duration

    /// - Parameters:
    ///   - scratchDirectory: a directory for image files.
    ///   - timeLimit: the time after which a rule counts as hung.
    ///   - make: creates an instance of the driver on the pool.
    public init(
        scratchDirectory: String,
        timeLimit: Duration = .seconds(120),
        make: @escaping @Sendable () async throws -> any VolumeDriver
    ) {
        self.scratchDirectory = scratchDirectory
        self.timeLimit = timeLimit
        self.make = make
    }
}

/// A foreign object on a backend.
public struct ForeignObject: Sendable {
    /// Returns whether the object exists and is unchanged.
    public let isUnharmed: @Sendable () async throws -> Bool
    /// Removes the object.
    public let remove: @Sendable () async throws -> Void

    /// - Parameters:
    ///   - isUnharmed: returns whether the object exists and is unchanged.
    ///   - remove: removes the object.
    public init(
        isUnharmed: @escaping @Sendable () async throws -> Bool,
        remove: @escaping @Sendable () async throws -> Void
    ) {
        self.isUnharmed = isUnharmed
        self.remove = remove
    }
}
