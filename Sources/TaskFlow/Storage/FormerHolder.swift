/// A process that held a run before another one claimed it, and the part of the journal that it wrote.
public struct FormerHolder: Sendable, Hashable {
    /// The process, for messages and lists.
    public let owner: String
    /// The number of the last entry of the journal that it may have written, from 1.
    public let lastEntry: Int

    /// - Parameters:
    ///   - owner: the process, for messages and lists.
    ///   - lastEntry: the number of the last entry of the journal that it may have written, from 1.
    public init(owner: String, lastEntry: Int) {
        self.owner = owner
        self.lastEntry = lastEntry
    }
}
