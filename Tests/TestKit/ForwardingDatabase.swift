package import SQL

/// A database that hands on to another one what it does not do itself.
package protocol ForwardingDatabase: SQLDatabase {
    var base: any SQLDatabase { get }
}

extension ForwardingDatabase {
    package var liveness: any Liveness { base.liveness }
    package var isReadOnly: Bool { base.isReadOnly }

    package func install(_ schemas: [Schema]) throws { try base.install(schemas) }

    package func write<Result: Sendable>(
        under keys: [SQLKey]?,
        until deadline: ContinuousClock.Instant?,
        _ body: @escaping @Sendable (any SQLConnection) throws -> Result
    ) async throws -> Result {
        try await base.write(under: keys, until: deadline, body)
    }

    package func read<Result: Sendable>(
        settledIf mustBeSettled: @escaping @Sendable (Result) -> Bool,
        _ body: @escaping @Sendable (any SQLConnection) throws -> Result
    ) async throws -> Result {
        try await base.read(settledIf: mustBeSettled, body)
    }

    package func examine() async throws -> DatabaseCondition { try await base.examine() }

    package func requireRoom() throws { try base.requireRoom() }

    package func close() async { await base.close() }

    package func requireBackup(canBeWrittenTo path: String) throws { try base.requireBackup(canBeWrittenTo: path) }

    package func backup(to path: String) async throws { try await base.backup(to: path) }
}
