public import FoundationEssentials
public import Identity

/// Names a ``LogBook``.
public typealias LogBookID = Identifier<LogBook>

/// Keeps runs together that belong together: a day's, a customer's, a deployment's.
public struct LogBook: Sendable, Hashable, Codable {
    /// Names it in the store.
    public let id: LogBookID
    /// For people; several may have the same.
    public var name: String
    /// What its owner wants to remember of it.
    public var meta: [String: String]
    /// When it was made.
    public let createdAt: Date
    /// When it was last changed.
    public var updatedAt: Date

    /// A logbook that is not stored yet.
    ///
    /// - Parameters:
    ///   - name: for people.
    ///   - meta: what its owner wants to remember of it.
    ///   - updatedAt: when it was last changed; when it was made, unless given.
    public init(
        id: LogBookID = .random(),
        name: String,
        meta: [String: String] = [:],
        createdAt: Date = Date(),
        updatedAt: Date? = nil
    ) {
        self.id = id
        self.name = name
        self.meta = meta
        self.createdAt = createdAt
        self.updatedAt = updatedAt ?? createdAt
    }

    /// The order of lists: by age, and where that is the same by id.
    package static func isOlder(_ left: Self, than right: Self) -> Bool {
        (left.createdAt, left.id.description) < (right.createdAt, right.id.description)
    }
}

/// A store that also keeps logbooks.
public protocol LogBookStore: FlowStore {
    /// Adds a logbook, or puts it in the place of the one of its id.
    func save(_ book: LogBook) async throws

    /// The logbook; `nil` if there is none.
    func book(_ id: LogBookID) async throws -> LogBook?

    /// All logbooks, oldest first.
    func books() async throws -> [LogBook]

    /// The runs of a logbook, oldest first; none if there is no such logbook.
    func flows(in book: LogBookID) async throws -> [FlowDetail]

    /// Removes a logbook and its runs, and nothing if it throws.
    ///
    /// - Throws: ``LogBookInUse`` while a run of it is not finished; ``LogBookMissing`` if there is no such logbook.
    func destroy(_ book: LogBookID) async throws
}

/// A run was to be put in a logbook that is not there, or that was to be removed.
public struct LogBookMissing: Error, Sendable, Hashable, CustomStringConvertible {
    /// The logbook.
    public let book: LogBookID

    /// - Parameter book: the logbook that is not there.
    public init(_ book: LogBookID) { self.book = book }

    /// For people: what failed, and why.
    public var description: String { "there is no logbook \(book)" }
}

/// A logbook was not removed, because runs of it are not finished.
public struct LogBookInUse: Error, Sendable, Hashable, CustomStringConvertible {
    /// The logbook.
    public let book: LogBookID
    /// The runs.
    public let unfinished: [FlowID]

    /// - Throws: this error, if one of the runs of `book` is not finished.
    package static func check(_ book: LogBookID, _ flows: [FlowDetail]) throws(Self) {
        let unfinished = flows.filter { $0.state != .success && $0.state != .reverted }.map(\.id)
        if !unfinished.isEmpty { throw LogBookInUse(book: book, unfinished: unfinished) }
    }

    /// For people: what failed, and why, and what to do.
    public var description: String {
        let shown = unfinished.prefix(3).map(\.description).joined(separator: ", ")
        let rest = unfinished.count > 3 ? " and \(unfinished.count - 3) more" : ""
        return "logbook \(book) has unfinished flows, which have to be run to their end first: \(shown)\(rest)"
    }
}

extension FlowDetail {
    /// The order of lists: by age, and where that is the same by id.
    package static func isOlder(_ left: Self, than right: Self) -> Bool {
        (left.createdAt, left.id.description) < (right.createdAt, right.id.description)
    }
}
