public import TaskFlow

/// A long list, a page at a time, so that its length takes no memory.
///
/// A page is of one state of the database and follows the last record of the page before: between two pages, others may
/// add and remove records, and none is given twice.
public struct Pages<Record: Sendable>: AsyncSequence, Sendable {
    /// A page: its records, and those of them that can't be read.
    public typealias Element = Listing<Record>
    /// Gives the records after a position, at most so many, with the position of the last; `nil` stands for the beginning.
    package typealias Read =
        @Sendable (_ position: Int64?, _ limit: Int) async throws(VolumeError) -> (
            Listing<Record>, last: Int64?
        )

    private let limit: Int
    private let pageSize: Int
    private let read: Read

    /// - Parameter limit: how many records to give at most.
    package init(limit: Int = .max, of pageSize: Int, _ read: @escaping Read) {
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
        public mutating func next() async throws -> Listing<Record>? { try await nextPage() }

        fileprivate mutating func nextPage() async throws(VolumeError) -> Listing<Record>? {
            let size = Swift.min(rest, pageSize)
            guard size > 0 else { return nil }
            let (page, last) = try await read(position, size)
            let count = page.count + page.unreadable.count
            rest = count < size ? 0 : rest - count
            position = last ?? position
            return count == 0 ? nil : page
        }

        /// Whether the list goes on after the last page that was given.
        ///
        /// - Throws: ``VolumeError``.
        public func hasMore() async throws(VolumeError) -> Bool {
            guard let position else { return false }
            let (page, _) = try await read(position, 1)
            return page.count + page.unreadable.count > 0
        }
    }
}

extension Pages {
    /// All pages in one.
    package func joined() async throws(VolumeError) -> Listing<Record> {
        var (readable, unreadable): ([Record], [UnreadableRow]) = ([], [])
        var pages = makeAsyncIterator()
        while let page = try await pages.nextPage() {
            readable += page.readable
            unreadable += page.unreadable
        }
        return Listing(readable: readable, unreadable: unreadable)
    }
}
