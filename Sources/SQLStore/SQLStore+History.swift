public import FoundationEssentials
internal import Identity
internal import SQL
internal import TaskFlow

/// The limits beyond which finished runs are pruned.
public struct HistoryLimits: Sendable, Hashable {
    /// The number of days for which a finished run is kept; unlimited if `nil`.
    public var days: Int?
    /// The number of newest runs that are kept; unlimited if `nil`.
    public var flows: Int?

    /// - Parameters:
    ///   - days: the number of days for which a finished run is kept; unlimited if `nil`.
    ///   - flows: the number of newest runs that are kept; unlimited if `nil`.
    public init(days: Int? = nil, flows: Int? = nil) { (self.days, self.flows) = (days, flows) }
}

/// A column that refers to runs; a run that is referred to is kept. The column needs an index.
public struct FlowReference: Sendable, Hashable {
    let table: String
    let column: String

    /// - Parameters:
    ///   - table: the table's name.
    ///   - column: a column that holds ids of runs.
    public init(table: String, column: String) { (self.table, self.column) = (table, column) }
}

extension SQLStore {
    /// The number of runs that are pruned at once: their removal needs less space than is kept in reserve.
    private static let batch = 50

    /// Prunes a few of the finished runs that are beyond `limits`. It is meant to be called often; its cost doesn't
    /// grow with the number of runs. The database reuses their space.
    ///
    /// Runs are kept that are unfinished, have failed without a resolution, belong to a logbook, or are referred to by
    /// a job or by one of `references`.
    ///
    /// - Parameters:
    ///   - time: the current time.
    ///   - place: the place to examine in addition to the newest prunable runs, as a fraction from 0 to 1 of their
    ///     range.
    /// - Returns: the number of runs that were pruned; 0 if the file system is almost full.
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
        // Read first, so that no transaction is written if there is nothing to do.
        guard try await !read(search).isEmpty else { return 0 }
        return try await transact { transaction in
            let flows = try search(transaction.connection)
            try HistoryTable(connection: transaction.connection).forget(flows)
            return flows.count
        }
    }
}
