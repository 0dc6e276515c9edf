/// The name of something that one transaction at a time may change or rely on, such as a project.
///
/// Keys have an order: by the rank of their kinds, then by their names. A transaction locks them in that order only, so
/// that no two transactions wait for each other.
public struct SQLKey: Sendable, Hashable {
    /// A kind of keys.
    public struct Kind: Sendable, Hashable {
        /// The place of the kind's keys in the order of all keys.
        public let rank: Int
        /// The name, by which kinds are told apart.
        public let name: String

        /// - Parameters:
        ///   - rank: the place of the kind's keys in the order of all keys.
        ///   - name: the name, by which kinds are told apart.
        public init(rank: Int, name: String) { (self.rank, self.name) = (rank, name) }
    }

    /// The kind.
    public let kind: Kind
    /// The name, which is unique within the kind.
    public let name: String

    /// - Parameters:
    ///   - kind: the kind.
    ///   - name: the name, which is unique within the kind.
    public init(_ kind: Kind, _ name: String) { (self.kind, self.name) = (kind, name) }

    /// A number for the key, for databases that lock numbers. It is the same in all processes.
    ///
    /// - Parameter seed: a number that tells the databases of a server apart.
    package func number(seed: Int64) -> Int64 {
        // FNV-1a, because Swift's own hashes differ between processes.
        var hash = UInt64(bitPattern: seed) ^ 0xCBF2_9CE4_8422_2325
        for byte in "\(kind.name):\(name)".utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return Int64(bitPattern: hash)
    }
}

extension SQLKey: Comparable {
    /// Whether a transaction that locks both keys has to lock `left` first.
    public static func < (left: SQLKey, right: SQLKey) -> Bool {
        (left.kind.rank, left.kind.name, left.name) < (right.kind.rank, right.kind.name, right.name)
    }
}

extension SQLKey: CustomStringConvertible {
    /// The kind and the name.
    public var description: String { "\(kind.name) \"\(name)\"" }
}

/// The keys that a transaction holds.
public struct HeldKeys: Sendable, Hashable {
    /// The held keys, in their order; `nil` for all keys that there can be.
    private var keys: [SQLKey]?

    /// All keys, so that nobody else writes.
    public static let everything = HeldKeys(keys: nil)

    private init(keys: [SQLKey]?) { self.keys = keys }

    /// - Parameter keys: the keys; `nil` for all that there can be.
    package init(_ keys: [SQLKey]?) { self.keys = keys?.inOrder }

    /// Whether the transaction holds the key.
    public func contains(_ key: SQLKey) -> Bool { keys?.contains(key) ?? true }

    /// Adds a key.
    ///
    /// - Throws: ``SQLError``: `keyOrder` if a key that comes later is held.
    fileprivate mutating func add(_ key: SQLKey) throws(SQLError) {
        guard let last = keys?.last else {
            keys?.append(key)
            return
        }
        guard last < key else {
            throw SQLError(
                .keyOrder,
                "\(key) can't be locked after \(last)",
                advice: "lock both at once, or \(key) first"
            )
        }
        keys?.append(key)
    }
}

extension [SQLKey] {
    /// The keys in the order in which they have to be locked, each of them once.
    package var inOrder: [SQLKey] { count < 2 ? self : Set(self).sorted() }
}

extension SQLConnection {
    /// Locks further keys until the end of the transaction, or until it is rolled back to a savepoint from before. What others
    /// have committed under the keys is seen from then on; what was read before may have changed.
    ///
    /// - Throws: ``SQLError``: `keyOrder` if a key that comes later is held already; `busy`.
    public func lock(_ keys: [SQLKey]) throws(SQLError) {
        for key in keys.inOrder where !heldKeys.contains(key) {
            try heldKeys.add(key)
            try acquire(key)
        }
    }

    /// Checks that the transaction holds a key, before a change that needs it.
    ///
    /// - Throws: ``SQLError``: `keyMissing`.
    public func require(_ key: SQLKey) throws(SQLError) {
        guard heldKeys.contains(key) else {
            throw SQLError(.keyMissing, "the transaction has to lock \(key) first")
        }
    }
}
