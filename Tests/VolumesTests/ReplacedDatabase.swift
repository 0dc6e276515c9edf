import SQL
import Synchronization
import TestKit

/// A database by which this process can be replaced, as by one on a server.
final class ReplacedDatabase: ForwardingDatabase {
    let base: any SQLDatabase
    let replacing: ReplacedLiveness

    init(_ base: any SQLDatabase) { (self.base, replacing) = (base, ReplacedLiveness(base.liveness)) }

    var liveness: any Liveness { replacing }
}

/// Says when it is told to that others have replaced this process.
final class ReplacedLiveness: Liveness {
    let isReplacedFlag = Atomic(false)
    private let base: any Liveness

    init(_ base: any Liveness) { self.base = base }

    var isReplaced: Bool { isReplacedFlag.load(ordering: .relaxed) }
    var own: Owner { base.own }
    var isWatched: Bool { base.isWatched }

    func isGone(_ owner: Int64, in connection: any SQLConnection) -> Bool { base.isGone(owner, in: connection) }

    func isAlone(in connection: any SQLConnection) -> Bool { base.isAlone(in: connection) }

    func programs(leftBy owner: Int64) -> (any LeftPrograms)? { base.programs(leftBy: owner) }

    func holding<Result>(_ body: () async throws -> Result) async rethrows -> Result { try await base.holding(body) }

    func watching<Result: Sendable>(_ body: () async throws -> Result) async rethrows -> Result? {
        try await base.watching(body)
    }
}
