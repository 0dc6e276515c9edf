/// What an examination of a database has found.
public struct DatabaseCondition: Sendable {
    /// What is damaged, in the database's own words; only the first of many.
    public let damage: [String]
    /// What makes damage more likely, or harder to notice, as a sentence, and what a person can do about it; `nil` if nothing does.
    public let caution: (message: String, advice: String)?
    /// The size of the database in bytes.
    public let size: Int64
    /// The size in bytes of the log of changes that the database's file lacks; `nil` for a server, which looks after its own.
    public let logSize: Int64?

    /// - Parameters:
    ///   - damage: what is damaged, in the database's own words.
    ///   - caution: what makes damage more likely, or harder to notice, and what to do about it.
    ///   - size: the size of the database in bytes.
    ///   - logSize: the size in bytes of the log of changes that the database's file lacks.
    public init(
        damage: [String] = [],
        caution: (message: String, advice: String)? = nil,
        size: Int64,
        logSize: Int64? = nil
    ) {
        (self.damage, self.caution, self.size, self.logSize) = (damage, caution, size, logSize)
    }
}
