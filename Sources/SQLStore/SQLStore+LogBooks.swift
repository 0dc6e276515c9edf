public import TaskFlow

extension SQLStore: LogBookStore {
    /// Adds a logbook, or puts it in the place of the one of its id.
    public func save(_ book: LogBook) async throws {
        try await transact { try LogBookTable(connection: $0.connection).save(book) }
    }

    /// The logbook; `nil` if there is none.
    public func book(_ id: LogBookID) async throws -> LogBook? {
        try await read { try LogBookTable(connection: $0).find(id) }
    }

    /// All logbooks, oldest first.
    public func books() async throws -> [LogBook] { try await read { try LogBookTable(connection: $0).list() } }

    /// The runs of a logbook, oldest first.
    public func flows(in book: LogBookID) async throws -> [FlowDetail] {
        try await read { try FlowTable(connection: $0).list(in: book) }
    }

    /// Removes a logbook and its runs.
    public func destroy(_ book: LogBookID) async throws {
        try await transact { transaction in
            let (flows, books) = (
                FlowTable(connection: transaction.connection), LogBookTable(connection: transaction.connection)
            )
            try books.require(book)
            try LogBookInUse.check(book, try flows.list(in: book))
            try flows.deleteAll(in: book)
            try books.delete(book)
        }
    }
}
