import Foundation
import SQL
import TestKit

/// The connection of a simulated process to the database that all of them share.
struct ProcessDatabase: ForwardingDatabase {
    /// A promise that the service's records or its drivers do not keep, to show that it is noticed.
    enum Defect: CaseIterable {
        /// A flow's reservations stay in the quota at its end.
        case keepsReservations
        /// The quota of a removed object is not released.
        case keepsUsage
        /// The provisioned capacity is not given back.
        case keepsProvisionedCapacity
        /// An attachment's record stays.
        case keepsAttachments
        /// A volume that gets another type counts for it, and keeps its own.
        case keepsTypes
        /// A driver says that it has reverted a volume, and has not.
        case keepsContent
        /// Whoever has held a run writes to it, whoever holds it now.
        case ignoresClaims
        /// A process begins calls of drivers though its lease has run out.
        case trustsLeases
        /// A transaction is made again when the answer to its commit is lost.
        case repeatsCommits
        /// A commit whose answer is lost is told as one that was never begun.
        case deniesCommits

        /// The beginning of the statement that is left out; `nil` for a defect that is none of a statement.
        fileprivate var statement: String? {
            switch self {
            case .keepsReservations: "UPDATE quota SET reserved = reserved - ?"
            case .keepsUsage: "UPDATE quota SET in_use = in_use - ?"
            case .keepsProvisionedCapacity: "UPDATE pool_provisioned SET\n    volumes = CASE"
            case .keepsAttachments: "DELETE FROM attachment"
            case .keepsTypes: "UPDATE volume SET type"
            case .ignoresClaims: "UPDATE flow SET epoch = epoch WHERE"
            case .keepsContent, .trustsLeases, .repeatsCommits, .deniesCommits: nil
            }
        }
    }

    let base: any SQLDatabase
    let life: ProcessLife
    let liveness: any Liveness
    let defect: Defect?

    func write<Result: Sendable>(
        under keys: [SQLKey]?,
        until deadline: ContinuousClock.Instant?,
        _ body: @escaping @Sendable (any SQLConnection) throws -> Result
    ) async throws -> Result {
        try await life.commit()
        let result =
            if let isCommitted = life.loseAnswer() {
                try await lose(isCommitted, under: keys, until: deadline, body)
            } else {
                try await make(under: keys, until: deadline, body)
            }
        try await life.commit()
        return result
    }

    private func make<Result: Sendable>(
        under keys: [SQLKey]?,
        until deadline: ContinuousClock.Instant?,
        _ body: @escaping @Sendable (any SQLConnection) throws -> Result
    ) async throws -> Result {
        try await base.write(under: keys, until: deadline) { [life, defect] connection in
            try life.requireAlive()
            guard let statement = defect?.statement else { return try body(connection) }
            return try body(DefectiveConnection(connection, leavingOut: statement))
        }
    }

    private struct NotCommitted: Error {}

    /// Makes a transaction whose answer is lost, as a connection to a server that breaks does.
    private func lose<Result: Sendable>(
        _ isCommitted: Bool,
        under keys: [SQLKey]?,
        until deadline: ContinuousClock.Instant?,
        _ body: @escaping @Sendable (any SQLConnection) throws -> Result
    ) async throws -> Result {
        do {
            _ = try await make(under: keys, until: deadline) { connection in
                let result = try body(connection)
                guard isCommitted else { throw NotCommitted() }
                return result
            }
        } catch is NotCommitted {}
        switch defect {
        case .repeatsCommits: return try await make(under: keys, until: deadline, body)
        case .deniesCommits: throw SQLError(.outOfTime, "other processes write")
        default: throw SQLError(.outcomeUnknown, "the answer to a commit was lost")
        }
    }

    func read<Result: Sendable>(
        settledIf mustBeSettled: @escaping @Sendable (Result) -> Bool,
        _ body: @escaping @Sendable (any SQLConnection) throws -> Result
    ) async throws -> Result {
        try life.requireAlive()
        return try await base.read(settledIf: mustBeSettled, body)
    }

    func requireRoom() throws {}

    func close() async {}
}

/// A connection that leaves out some statements.
private final class DefectiveConnection: SQLConnection {
    private let base: any SQLConnection
    private let omitted: String

    init(_ base: any SQLConnection, leavingOut omitted: String) { (self.base, self.omitted) = (base, omitted) }

    func execute(_ statement: String, _ arguments: [any SQLConvertible]) throws(SQLError) -> Int {
        guard !statement.contains(omitted) else { return 1 }
        return try base.execute(statement, arguments)
    }

    func query(_ statement: String, _ arguments: [any SQLConvertible]) throws(SQLError) -> [SQLRow] {
        try base.query(statement, arguments)
    }

    var heldKeys: HeldKeys {
        get { base.heldKeys }
        set { base.heldKeys = newValue }
    }

    func acquire(_ key: SQLKey) throws(SQLError) { try base.acquire(key) }

    func executeScript(_ script: String) throws(SQLError) { try base.executeScript(script) }

    func time() throws(SQLError) -> Date { try base.time() }

    func hasTable(_ name: String) throws(SQLError) -> Bool { try base.hasTable(name) }

    func tables() throws(SQLError) -> [SQLTable] { try base.tables() }

    func continueNumbers(of table: SQLTable) throws(SQLError) { try base.continueNumbers(of: table) }
}
