public import Identity
public import TaskFlow

extension DirectoryStore: LogBookStore {
    /// Adds a logbook, or puts it in the place of the one of its id.
    public func save(_ book: LogBook) async throws {
        try await write { _ in
            let content = String(decoding: try StoreFiles.encode(book), as: UTF8.self)
            return [StoreFiles.Change(kind: .logbooks, id: "\(book.id)", content: content)]
        }
    }

    /// The logbook; `nil` if there is none.
    public func book(_ id: LogBookID) async throws -> LogBook? { try await read { try $0.book(id) } }

    /// All logbooks, oldest first.
    public func books() async throws -> [LogBook] {
        try await read { files in
            try files.ids(.logbooks, of: LogBookID.self).compactMap(files.book).sorted(by: LogBook.isOlder)
        }
    }

    /// The runs of a logbook, oldest first.
    public func flows(in book: LogBookID) async throws -> [FlowDetail] {
        try await read { try $0.flows(in: book) }
    }

    /// Removes a logbook and its runs.
    public func destroy(_ book: LogBookID) async throws {
        try await write { files in
            _ = try files.require(book)
            let flows = try files.flows(in: book)
            try LogBookInUse.check(book, flows)
            return flows.map { StoreFiles.Change(kind: .flows, id: "\($0.id)", content: nil) }
                + [StoreFiles.Change(kind: .logbooks, id: "\(book)", content: nil)]
        }
    }
}

extension StoreFiles {
    fileprivate func flows(in book: LogBookID) throws -> [FlowDetail] {
        try flows().map(\.detail).filter { $0.book == book }
    }
}
