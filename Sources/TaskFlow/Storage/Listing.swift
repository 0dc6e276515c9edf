/// The records of a list that can be read, and those that can't: damage to one does not hide the others.
///
/// As a collection it holds the readable ones.
public struct Listing<Element: Sendable>: Sendable {
    /// The records that can be read, in the order of the list.
    public let readable: [Element]
    /// The records that can't, in the order of the list.
    public let unreadable: [UnreadableRow]

    /// - Parameters:
    ///   - readable: the records that can be read.
    ///   - unreadable: the records that can't.
    public init(readable: [Element], unreadable: [UnreadableRow] = []) {
        self.readable = readable
        self.unreadable = unreadable
    }

    /// The records, if all of them can be read.
    ///
    /// - Throws: the first ``UnreadableRow``.
    public func complete() throws(UnreadableRow) -> [Element] {
        if let damaged = unreadable.first { throw damaged }
        return readable
    }

    /// The listing of what `transform` makes of the readable records.
    public func mapReadable<Result>(_ transform: ([Element]) throws -> [Result]) rethrows -> Listing<Result> {
        Listing<Result>(readable: try transform(readable), unreadable: unreadable)
    }
}

extension Listing: RandomAccessCollection {
    /// The position of the first readable record.
    public var startIndex: Int { readable.startIndex }
    /// The position after the last readable record.
    public var endIndex: Int { readable.endIndex }
    /// A readable record.
    public subscript(position: Int) -> Element { readable[position] }
}

/// A stored record that this program can't read: damaged, or written by a program that knows more.
///
/// Such a record is never changed, except that a run can be abandoned.
public struct UnreadableRow: Error, Sendable, Hashable, Codable, CustomStringConvertible {
    /// The table, or the directory, that holds the record.
    public let table: String
    /// The record's key, as it is stored.
    public let key: String
    /// The record's name for messages, if it can be read.
    public let name: String?
    /// The column at fault, what it holds and what it should hold.
    public let reason: String

    /// - Parameters:
    ///   - table: the table, or the directory, that holds the record.
    ///   - key: the record's key, as it is stored.
    ///   - name: the record's name for messages, if it can be read.
    ///   - reason: the column at fault, what it holds and what it should hold.
    public init(table: String, key: String, name: String? = nil, reason: String) {
        self.table = table
        self.key = key
        self.name = name
        self.reason = reason
    }

    /// The message for a person: what failed and why.
    public var description: String { "\(table) \(key) can't be read: \(reason)" }
}
