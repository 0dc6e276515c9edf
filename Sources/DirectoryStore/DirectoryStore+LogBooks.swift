public import Identity
public import TaskFlow

extension DirectoryStore: LogBookStore {
    /// Adds a logbook, or replaces the one with the same id, unless that can't be read.
    public func save(_ book: LogBook) async throws {
        try await write { files in
            _ = try files.book(book.id)
            let content = String(decoding: try StoreFiles.encode(book), as: UTF8.self)
            return [StoreFiles.Change(kind: .logbooks, id: "\(book.id)", content: content)]
        }
    }

    /// Returns the logbook; `nil` if there is none.
    public func book(_ id: LogBookID) async throws -> LogBook? { try await read { try $0.book(id) } }

    /// Returns all readable logbooks, oldest first.
    public func books() async throws -> [LogBook] { try await read { try $0.books().readable } }

    /// Returns the readable runs of a logbook, oldest first.
    public func flows(in book: LogBookID) async throws -> [FlowDetail] {
        try await read { try $0.flows().readable.map(\.detail).filter { $0.book == book } }
    }

    /// Returns the runs and logbooks that can't be read.
    public func unreadable() async throws -> [UnreadableRow] {
        try await read { try $0.flows().unreadable + $0.books().unreadable }
    }

    /// Removes a logbook and its runs.
    ///
    /// - Throws: ``UnreadableRow`` if any run of the store can't be read, as it may belong to the logbook.
    public func destroy(_ book: LogBookID) async throws {
        try await write { files in
            _ = try files.require(book)
            let flows = try files.flows().complete().map(\.detail).filter { $0.book == book }
            try LogBookInUse.check(book, flows)
            return flows.map { StoreFiles.Change(kind: .flows, id: "\($0.id)", content: nil) }
                + [StoreFiles.Change(kind: .logbooks, id: "\(book)", content: nil)]
        }
    }
}
