public import TaskFlow

/// A list that is read a page at a time, so that memory use does not grow with its length.
///
/// Each page is read from one consistent state of the database and starts after the last record of the page before it.
/// Records may be added and removed between two pages; no record is returned twice.
public struct Pages<Record: Sendable>: AsyncSequence, Sendable {
    /// One page: its records, and the records that can't be read.
    public typealias Element = Listing<Record>
    /// Reads at most `limit` records after `position` (`nil`: from the beginning) and returns the position of the last
    /// one.
    package typealias Read =
        @Sendable (_ position: Int64?, _ limit: Int) async throws(VolumeError) -> (
            Listing<Record>, last: Int64?
        )

    private let limit: Int
    private let pageSize: Int
    private let read: Read

    /// - Parameter limit: the maximum number of records in all pages together.
    package init(limit: Int = .max, of pageSize: Int, _ read: @escaping Read) {
        (self.limit, self.pageSize, self.read) = (limit, Swift.max(1, pageSize), read)
    }

    /// The first `limit` records.
    public func limited(to limit: Int) -> Pages {
        Pages(limit: Swift.min(self.limit, limit), of: Swift.min(pageSize, limit), read)
    }

    /// Starts at the first page.
    public func makeAsyncIterator() -> Iterator { Iterator(rest: limit, pageSize: pageSize, read: read) }

    /// Reads one page after the other.
    public struct Iterator: AsyncIteratorProtocol {
        fileprivate var rest: Int
        fileprivate let pageSize: Int
        fileprivate let read: Read
        fileprivate var position: Int64?

        /// Returns the next page, which is never empty; `nil` after the last one.
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

        /// Returns whether there are records after the last page that was returned.
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
    /// Reads all pages into one.
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
