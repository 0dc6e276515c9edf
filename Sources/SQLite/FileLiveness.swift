internal import Ownership
internal import SQL

/// Finds out which processes are alive by their locks on the database's files.
struct FileLiveness: Liveness {
    let own: Owner
    private let locks: OwnerLocks

    init(_ locks: OwnerLocks) {
        self.locks = locks
        own = Owner(label: locks.label, number: locks.own)
    }

    var isWatched: Bool { locks.isWatched }

    func isGone(_ owner: Int64, in connection: any SQLConnection) -> Bool { locks.isAbandoned(owner) }

    func isAlone(in connection: any SQLConnection) -> Bool { !locks.isShared }

    func programs(leftBy owner: Int64) -> (any LeftPrograms)? { locks.programs(leftBy: owner) }

    func holding<Result>(_ body: () async throws -> Result) async rethrows -> Result {
        try await Lifeline.$current.withValue(Lifeline(locks)) { try await body() }
    }

    func watching<Result: Sendable>(_ body: () async throws -> Result) async rethrows -> Result? {
        try await locks.watching(body)
    }
}

extension ProgramLocks: LeftPrograms {}
