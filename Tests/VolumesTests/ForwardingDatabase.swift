import SQL

/// A database that hands on to another one what it does not do itself.
protocol ForwardingDatabase: SQLDatabase {
    var base: any SQLDatabase { get }
}

extension ForwardingDatabase {
    var liveness: any Liveness { base.liveness }
    var isReadOnly: Bool { base.isReadOnly }

    func install(_ schemas: [Schema]) throws { try base.install(schemas) }

    func write<Result: Sendable>(
        until deadline: ContinuousClock.Instant?,
        _ body: @escaping @Sendable (any SQLConnection) throws -> Result
    ) async throws -> Result {
        try await base.write(until: deadline, body)
    }

    func read<Result: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Result
    ) async throws -> Result {
        try await base.read(body)
    }

    func examine() async throws -> DatabaseCondition { try await base.examine() }

    func requireRoom() throws { try base.requireRoom() }

    func close() async { await base.close() }

    func requireBackup(canBeWrittenTo path: String) throws { try base.requireBackup(canBeWrittenTo: path) }

    func backup(to path: String) async throws { try await base.backup(to: path) }
}
