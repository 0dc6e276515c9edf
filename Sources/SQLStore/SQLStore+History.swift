public import FoundationEssentials
internal import Identity
internal import SQL
internal import TaskFlow

/// How long runs that have ended are remembered.
public struct HistoryLimits: Sendable, Hashable {
    /// For how many days after its end; `nil` for ever.
    public var days: Int?
    /// As one of how many newest; `nil` for any number.
    public var flows: Int?

    /// - Parameters:
    ///   - days: for how many days after its end a run is remembered; `nil` for ever.
    ///   - flows: as one of how many newest; `nil` for any number.
    public init(days: Int? = nil, flows: Int? = nil) { (self.days, self.flows) = (days, flows) }
}

/// A column that names runs, which are kept as long as it does. It needs an index.
public struct FlowReference: Sendable, Hashable {
    let table: String
    let column: String

    /// - Parameters:
    ///   - table: the table's name.
    ///   - column: a column of ids of runs.
    public init(table: String, column: String) { (self.table, self.column) = (table, column) }
}

extension SQLStore {
    /// How many runs are forgotten at once: their removal takes less than the room that is kept back.
    private static let batch = 50

    /// Forgets a few of the runs that have ended and are beyond `limits`: to be called again and again, at no cost that
    /// grows with how many there are. Their room in the file is used again.
    ///
    /// Kept are runs that have not ended, that failed and were given up by nobody, that belong to a logbook, or that a job
    /// or one of `references` names.
    ///
    /// - Parameters:
    ///   - time: the present.
    ///   - place: where, between nothing and one, to look beside the newest of those that may be forgotten.
    /// - Returns: how many were forgotten; none where the file system has hardly any room.
    @discardableResult
    public func forget(
        beyond limits: HistoryLimits,
        keeping references: [FlowReference],
        at time: Date = Date(),
        place: Double = .random(in: 0...1)
    ) async throws -> Int {
        guard !isReadOnly, limits != HistoryLimits(), (try? requireRoom()) != nil else { return 0 }
        let search: @Sendable (any SQLConnection) throws -> [FlowID] = { connection in
            let table = HistoryTable(connection: connection)
            var search = HistoryTable.Search()
            search.references = references + [FlowReference(table: "job", column: "run")]
            search.place = place
            if let days = limits.days { search.time = time - TimeInterval(days) * 86_400 }
            if let flows = limits.flows { search.lastByCount = try table.newest() - Int64(flows) }
            return try table.forgettable(search, limit: Self.batch)
        }
        // Without a transaction that writes, where there is nothing to do.
        guard try await !read(search).isEmpty else { return 0 }
        return try await transact { transaction in
            let flows = try search(transaction.connection)
            try HistoryTable(connection: transaction.connection).forget(flows)
            return flows.count
        }
    }
}
