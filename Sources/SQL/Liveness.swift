/// Finds out which of the processes that use a database are alive.
public protocol Liveness: Sendable {
    /// This process, as it is recorded as the owner of runs and jobs.
    var own: Owner { get }

    /// Whether the process recorded as `owner` is gone, and every program that it executed for a run has ended. `false`
    /// for this process, and if it can't be found out.
    ///
    /// - Parameter connection: the connection of the transaction that depends on the answer.
    func isGone(_ owner: Int64, in connection: any SQLConnection) -> Bool

    /// Checks that this process still has what it holds, before it does something that no transaction protects.
    ///
    /// - Throws: ``SQLError``: `leaseLost` if another process may have taken it over.
    func confirm() throws(SQLError)

    /// Whether others have taken over what this process held, for good: it can't write any more, and has to be started again.
    var isReplaced: Bool { get }

    /// Whether no other process that writes uses the database. `false` also if it can't be found out.
    ///
    /// - Parameter connection: the connection of the transaction that depends on the answer.
    func isAlone(in connection: any SQLConnection) -> Bool

    /// Returns the programs that the process recorded as `owner` has left running; `nil` while it is alive, and if
    /// there are none.
    func programs(leftBy owner: Int64) -> (any LeftPrograms)?

    /// Runs `body`. Programs that are executed in it count as holders of this process's runs until they have ended.
    func holding<Result>(_ body: () async throws -> Result) async rethrows -> Result

    /// Whether a task of this or another process is waiting for programs that were left running.
    var isWatched: Bool { get }

    /// Runs `body`, which waits for programs that were left running; returns `nil` without running it if a task of this
    /// or another process does that.
    func watching<Result: Sendable>(_ body: () async throws -> Result) async rethrows -> Result?
}

extension Liveness {
    /// Does nothing, for databases that nobody takes anything over from as long as the process is alive.
    public func confirm() throws(SQLError) {}

    /// `false`, for databases that nobody takes anything over from as long as the process is alive.
    public var isReplaced: Bool { false }
}

/// A process, as it is recorded as the owner of runs and jobs.
public struct Owner: Sendable, Hashable {
    /// The process's name in messages.
    public let label: String
    /// The number that identifies the process to a ``Liveness``; 0 if the process only reads.
    public let number: Int64

    /// - Parameters:
    ///   - label: the process's name in messages.
    ///   - number: the number that identifies the process to a ``Liveness``; 0 if the process only reads.
    public init(label: String, number: Int64) { (self.label, self.number) = (label, number) }
}

/// Programs that outlived the process that executed them. The description names them in messages.
public protocol LeftPrograms: Sendable, CustomStringConvertible {
    /// Waits until the programs have ended, and ends those that exceed the time limits of their calls.
    ///
    /// - Returns: whether all have ended.
    ///
    /// - Throws: `CancellationError`.
    func waitForEnd() async throws -> Bool
}
