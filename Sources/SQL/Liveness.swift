/// Tells which of the processes that use a database are alive.
public protocol Liveness: Sendable {
    /// The record of this process in what it holds.
    var own: Owner { get }

    /// Whether the process that is recorded as `owner` is gone, with every program that it executed for what it held. Never
    /// true of this process, nor where it can't be found out.
    ///
    /// - Parameter connection: the connection of the transaction in which this matters.
    func isGone(_ owner: Int64, in connection: any SQLConnection) -> Bool

    /// The programs that the process recorded as `owner` has left behind; `nil` while it is alive, and when there are none.
    func programs(leftBy owner: Int64) -> (any LeftPrograms)?

    /// Has programs that are executed in `body` hold what this process holds, until they have ended.
    func holding<Result>(_ body: () async throws -> Result) async rethrows -> Result

    /// Whether somebody waits for what is left behind, in this process or in another.
    var isWatched: Bool { get }

    /// Runs `body`, which waits for what is left behind; `nil`, and nothing is run, if somebody does so already, in
    /// this process or in another.
    func watching<Result: Sendable>(_ body: () async throws -> Result) async rethrows -> Result?
}

/// A process, as it is recorded in what it holds.
public struct Owner: Sendable, Hashable {
    /// For people.
    public let label: String
    /// The number by which a ``Liveness`` knows the process; 0 if it only looks.
    public let number: Int64

    /// - Parameters:
    ///   - label: for people.
    ///   - number: the number by which a ``Liveness`` knows the process; 0 if it only looks.
    public init(label: String, number: Int64) { (self.label, self.number) = (label, number) }
}

/// Programs that outlived the process that executed them. Their description, for people, says which they are.
public protocol LeftPrograms: Sendable, CustomStringConvertible {
    /// Waits until they have ended, and ends those that take longer than their callers allowed. Returns whether none is left.
    ///
    /// - Throws: `CancellationError`.
    func waitForEnd() async throws -> Bool
}
