internal import Glibc
internal import SQL

/// Finds out which processes are alive by rows that they remove when they close the database.
struct PostgreSQLLiveness: Liveness {
    let own: Owner

    /// The tables that it needs.
    static let schemas = [ProcessTable.schema]

    /// Registers this process.
    ///
    /// - Parameter connection: a connection to a database with the tables; `nil` if it can only be read.
    init(_ connection: PostgreSQLConnection?) throws(SQLError) {
        let label = "process \(getpid()) on \(Self.host)"
        let number: Int64 = if let connection { try ProcessTable(connection: connection).add(label) } else { 0 }
        own = Owner(label: label, number: number)
    }

    /// Removes this process.
    func end(on connection: PostgreSQLConnection) throws(SQLError) {
        try ProcessTable(connection: connection).remove(own.number)
    }

    var isWatched: Bool { false }

    func isGone(_ owner: Int64, in connection: any SQLConnection) -> Bool {
        (try? !ProcessTable(connection: connection).contains(owner)) ?? false
    }

    func programs(leftBy owner: Int64) -> (any LeftPrograms)? { nil }

    func holding<Result>(_ body: () async throws -> Result) async rethrows -> Result { try await body() }

    func watching<Result: Sendable>(_ body: () async throws -> Result) async rethrows -> Result? { try await body() }

    private static var host: String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "an unknown host" }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
