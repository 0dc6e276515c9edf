package import SQL
package import Synchronization

/// A database by which this process can be replaced, as by one on a server.
package final class ReplacedDatabase: ForwardingDatabase {
    package let base: any SQLDatabase
    package let replacing: ReplacedLiveness

    package init(_ base: any SQLDatabase) { (self.base, replacing) = (base, ReplacedLiveness(base.liveness)) }

    package var liveness: any Liveness { replacing }
}

/// Says when it is told to that others have replaced this process.
package final class ReplacedLiveness: Liveness {
    package let isReplacedFlag = Atomic(false)
    private let base: any Liveness

    init(_ base: any Liveness) { self.base = base }

    package var isReplaced: Bool { isReplacedFlag.load(ordering: .relaxed) }
    package var own: Owner { base.own }
    package var isWatched: Bool { base.isWatched }

    package func confirm() throws(SQLError) {
        if isReplaced { throw SQLError(.leaseLost, "the test wants it") }
        try base.confirm()
    }

    package func isGone(_ owner: Int64, in connection: any SQLConnection) -> Bool {
        base.isGone(owner, in: connection)
    }

    package func isAlone(in connection: any SQLConnection) -> Bool { base.isAlone(in: connection) }

    package func programs(leftBy owner: Int64) -> (any LeftPrograms)? { base.programs(leftBy: owner) }

    package func holding<Result>(_ body: () async throws -> Result) async rethrows -> Result {
        try await base.holding(body)
    }

    package func watching<Result: Sendable>(_ body: () async throws -> Result) async rethrows -> Result? {
        try await base.watching(body)
    }
}
