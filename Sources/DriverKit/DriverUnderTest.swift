public import Identity
public import VolumeDriver

/// A driver to be checked, its scratch pool, and what can be done to that past the driver.
///
/// The pool should be empty and of no worth. Rules touch nothing but what they have made, and remove that.
public struct DriverUnderTest: Sendable {
    /// Makes an instance of the driver over the pool, as another process would have one.
    public var make: @Sendable () async throws -> any VolumeDriver
    /// A directory for image files, with room for a few volumes.
    public var scratchDirectory: String
    /// Reads and writes the bytes of volumes; `nil` for what the driver itself offers: attach, or else images.
    public var content: (any ContentAccess)?
    /// Puts an object with this name on the backend that isn't the service's; throws if the backend has no such names.
    /// Removed again, and found unharmed or not, by what it returns.
    public var plant: (@Sendable (_ name: String) async throws -> ForeignObject)?
    /// Removes a volume past the driver, as a person with the backend's own tools would.
    public var vanish: (@Sendable (VolumeID) async throws -> Void)?
    /// Takes the pool's mark away past the driver; `nil` where a mark that a rule has made stays.
    public var unmark: (@Sendable () async throws -> Void)?
    /// How long a rule may take before the driver counts as hung.
    public var timeLimit: Duration

    /// - Parameters:
    ///   - scratchDirectory: a directory for image files.
    ///   - timeLimit: how long a rule may take before the driver counts as hung.
    ///   - make: makes an instance of the driver over the pool.
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

/// An object on a backend that isn't the service's.
public struct ForeignObject: Sendable {
    /// Whether it is there and as it was.
    public let isUnharmed: @Sendable () async throws -> Bool
    /// Removes it.
    public let remove: @Sendable () async throws -> Void

    /// - Parameters:
    ///   - isUnharmed: whether it is there and as it was.
    ///   - remove: removes it.
    public init(
        isUnharmed: @escaping @Sendable () async throws -> Bool,
        remove: @escaping @Sendable () async throws -> Void
    ) {
        self.isUnharmed = isUnharmed
        self.remove = remove
    }
}
