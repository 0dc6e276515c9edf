internal import SQL
internal import SQLStore
public import TaskFlow

/// A long list, a page at a time, so that its length takes no memory.
///
/// A page is of one state of the database and follows the last record of the page before: between two pages, others may
/// add and remove records, and none is given twice.
public struct Pages<Record: Sendable>: AsyncSequence, Sendable {
    /// A page: its records, and those of them that can't be read.
    public typealias Element = Listing<Record>
    /// Gives the records after a position, at most so many, with the position of the last; `nil` stands for the beginning.
    typealias Read = @Sendable (_ position: Int64?, _ limit: Int) async throws -> (Listing<Record>, last: Int64?)

    private let limit: Int
    private let pageSize: Int
    private let read: Read

    /// - Parameter limit: how many records to give at most.
    init(limit: Int = .max, of pageSize: Int, _ read: @escaping Read) {
        (self.limit, self.pageSize, self.read) = (limit, Swift.max(1, pageSize), read)
    }

    /// Begins at the first page.
    public func makeAsyncIterator() -> Iterator { Iterator(rest: limit, pageSize: pageSize, read: read) }

    /// Reads one page after the other.
    public struct Iterator: AsyncIteratorProtocol {
        fileprivate var rest: Int
        fileprivate let pageSize: Int
        fileprivate let read: Read
        fileprivate var position: Int64?

        /// The next page; `nil` after the last one. No page is empty.
        ///
        /// - Throws: ``VolumeError``.
        public mutating func next() async throws -> Listing<Record>? {
            let size = Swift.min(rest, pageSize)
            guard size > 0 else { return nil }
            do {
                let (page, last) = try await read(position, size)
                let count = page.count + page.unreadable.count
                rest = count < size ? 0 : rest - count
                position = last ?? position
                return count == 0 ? nil : page
            } catch {
                throw VolumeError(translating: error)
            }
        }

        /// Whether the list goes on after the last page that was given.
        ///
        /// - Throws: ``VolumeError``.
        public func hasMore() async throws(VolumeError) -> Bool {
            guard let position else { return false }
            do {
                let (page, _) = try await read(position, 1)
                return page.count + page.unreadable.count > 0
            } catch {
                throw VolumeError(translating: error)
            }
        }
    }
}

extension Pages {
    /// All pages in one.
    fileprivate func joined() async throws(VolumeError) -> Listing<Record> {
        do {
            var (readable, unreadable): ([Record], [UnreadableRow]) = ([], [])
            for try await page in self {
                readable += page.readable
                unreadable += page.unreadable
            }
            return Listing(readable: readable, unreadable: unreadable)
        } catch {
            throw VolumeError(translating: error)
        }
    }
}

extension VolumeService {
    /// The project's volumes, oldest first, and those whose records can't be read.
    public func volumes() async throws(VolumeError) -> Listing<Volume> { try await volumePages().joined() }

    /// The project's volumes, oldest first, a page at a time.
    public func volumePages(of size: Int = 1000) -> Pages<Volume> {
        let (store, project) = (store, project)
        return Pages(of: size) { position, limit in
            try await store.read {
                try VolumeTable(connection: $0).list(project: project, after: position ?? .min, limit: limit)
            }
        }
    }

    /// The last `limit` flows, newest first, and those among them whose records can't be read.
    public func flows(limit: Int) async throws(VolumeError) -> Listing<FlowDetail> {
        try await flowPages(limit: limit).joined()
    }

    /// The last `limit` flows, newest first, a page at a time.
    public func flowPages(limit: Int, of size: Int = 1000) -> Pages<FlowDetail> {
        let (store, project) = (store, project)
        return Pages(limit: limit, of: size) { position, limit in
            try await store.flows(in: project, before: position ?? .max, limit: limit)
        }
    }
}
