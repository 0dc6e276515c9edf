internal import SQL
public import TaskFlow

extension SQLStore: LogBookStore {
    /// Adds a logbook, or replaces the one with the same id.
    ///
    /// - Throws: ``UnreadableRow`` if the existing logbook can't be read; it is then left as it is.
    public func save(_ book: LogBook) async throws {
        try await transact { transaction in
            let books = LogBookTable(connection: transaction.connection)
            _ = try books.find(book.id)
            try books.save(book)
        }
    }

    /// Returns the logbook; `nil` if there is none.
    public func book(_ id: LogBookID) async throws -> LogBook? {
        try await read { try LogBookTable(connection: $0).find(id) }
    }

    /// Returns all readable logbooks, oldest first.
    public func books() async throws -> [LogBook] {
        try await read { try LogBookTable(connection: $0).list().readable }
    }

    /// Returns the readable runs of a logbook, oldest first.
    public func flows(in book: LogBookID) async throws -> [FlowDetail] {
        try await read { try FlowTable(connection: $0).list(in: book).readable }
    }

    /// Removes a logbook and its runs.
    ///
    /// - Throws: ``UnreadableRow`` if one of the runs can't be read, as it may be unfinished.
    public func destroy(_ book: LogBookID) async throws {
        try await transact { transaction in
            let (flows, books) = (
                FlowTable(connection: transaction.connection), LogBookTable(connection: transaction.connection)
            )
            try books.require(book)
            try LogBookInUse.check(book, try flows.list(in: book).complete())
            try flows.deleteAll(in: book)
            try books.delete(book)
        }
    }
}
