internal import Glibc
internal import Ownership
internal import SQL

/// Finds out which processes are alive by leases: rows that they renew, in the server's time. The processes of this host
/// are known to be dead at once, by their locks on a file.
final class PostgreSQLLiveness: Liveness {
    let own: Owner
    private let host: HostLocks?
    private let lease: OwnerLease

    /// The tables that it needs.
    static let schemas = [OwnerTable.schema]

    /// - Parameters:
    ///   - host: the locks of this host's processes; `nil` if processes are known by their leases alone.
    ///   - isReading: whether the database can only be read.
    init(at address: ServerAddress, _ host: HostLocks?, isReading: Bool, terms: LeaseTerms) {
        let number = host?.locks.own ?? .random(in: 1 ... .max)
        own = Owner(label: "process \(getpid()) on \(HostLocks.host)", number: isReading ? 0 : number)
        self.host = host
        lease = OwnerLease(of: own, in: host?.place, at: address, terms: terms)
    }

    deinit { lease.stop() }

    /// Adds this process's row, if it has none yet.
    ///
    /// - Parameter connection: a connection without a transaction.
    /// - Throws: ``SQLError``: `leaseLost` if another process has buried this one.
    func register(on connection: PostgreSQLConnection) throws(SQLError) { try lease.register(on: connection) }

    /// Removes this process's row, so that others take over at once what it has left.
    func end(on connection: PostgreSQLConnection) throws(SQLError) {
        host?.locks.retire()
        if lease.stop() { try OwnerTable(connection: connection).remove(own.number) }
    }

    func confirm() throws(SQLError) { try lease.confirm(isDoubted: Lifeline.current?.hasRefused == true) }

    var isReplaced: Bool { lease.isLost }

    /// In a transaction that writes, a process whose lease has run out is buried, so that it stays gone: what the transaction
    /// takes over can't be taken back by a late renewal.
    func isGone(_ owner: Int64, in connection: any SQLConnection) -> Bool {
        guard owner != own.number, host?.locks.hasPrograms(of: owner) != true else { return false }
        let table = OwnerTable(connection: connection)
        do throws(SQLError) {
            guard let entry = try table.find(owner) else { return true }
            let isDead = entry.place != nil && entry.place == host?.place && host?.locks.isUnlocked(owner) == true
            guard isDead || entry.hasExpired else { return false }
            let isReading = (connection as? PostgreSQLConnection)?.isReading ?? false
            if isReading { return true }
            return try table.bury(owner, isDead: isDead)
        } catch {
            return false
        }
    }

    func isAlone(in connection: any SQLConnection) -> Bool {
        guard let others = try? OwnerTable(connection: connection).others(than: own.number) else { return false }
        return others.allSatisfy { isGone($0, in: connection) }
    }

    func programs(leftBy owner: Int64) -> (any LeftPrograms)? { host?.programs(leftBy: owner) }

    func holding<Result>(_ body: () async throws -> Result) async rethrows -> Result {
        guard let host else { return try await body() }
        let lifeline = Lifeline(host.locks) { [lease] in (try? lease.confirm()) != nil }
        return try await Lifeline.$current.withValue(lifeline) { try await body() }
    }

    var isWatched: Bool { host?.locks.isWatched ?? false }

    func watching<Result: Sendable>(_ body: () async throws -> Result) async rethrows -> Result? {
        guard let host else { return try await body() }
        return try await host.locks.watching(body)
    }
}
