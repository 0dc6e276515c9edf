public import FoundationEssentials
public import Identity

/// The identifier of a ``LogBook``.
public typealias LogBookID = Identifier<LogBook>

/// A group of runs that belong together, such as those of a day, a customer or a deployment.
public struct LogBook: Sendable, Hashable, Codable {
    /// The logbook's identifier.
    public let id: LogBookID
    /// The logbook's name, which need not be unique.
    public var name: String
    /// Additional data of the logbook's owner.
    public var meta: [String: String]
    /// The time of creation.
    public let createdAt: Date
    /// The time of the last change.
    public var updatedAt: Date

    /// Creates a logbook, which is not stored yet.
    ///
    /// - Parameters:
    ///   - name: the logbook's name, which need not be unique.
    ///   - meta: additional data of the logbook's owner.
    ///   - updatedAt: the time of the last change; by default that of the creation.
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

    /// The order of lists: by age, then by id.
    package static func isOlder(_ left: Self, than right: Self) -> Bool {
        (left.createdAt, left.id.description) < (right.createdAt, right.id.description)
    }
}

/// A store that also keeps logbooks.
public protocol LogBookStore: FlowStore {
    /// Adds a logbook, or replaces the one with the same id.
    func save(_ book: LogBook) async throws

    /// Returns the logbook; `nil` if there is none.
    func book(_ id: LogBookID) async throws -> LogBook?

    /// Returns all logbooks, oldest first.
    func books() async throws -> [LogBook]

    /// Returns the runs of a logbook, oldest first; none if there is no such logbook.
    func flows(in book: LogBookID) async throws -> [FlowDetail]

    /// Removes a logbook and its runs; removes nothing if it throws.
    ///
    /// - Throws: ``LogBookInUse`` while one of the runs is neither in `SUCCESS` nor in `REVERTED`; ``LogBookMissing``
    ///   if there is no such logbook.
    func destroy(_ book: LogBookID) async throws
}

/// A logbook that a new run names, or that is to be removed, doesn't exist.
public struct LogBookMissing: Error, Sendable, Hashable, CustomStringConvertible {
    /// The missing logbook.
    public let book: LogBookID

    /// - Parameter book: the missing logbook.
    public init(_ book: LogBookID) { self.book = book }

    /// The message for a person: what failed and why.
    public var description: String { "there is no logbook \(book)" }
}

/// A logbook was not removed because it has unfinished runs.
public struct LogBookInUse: Error, Sendable, Hashable, CustomStringConvertible {
    /// The logbook.
    public let book: LogBookID
    /// The unfinished runs.
    public let unfinished: [FlowID]

    /// - Throws: this error if one of the runs of `book` is neither in `SUCCESS` nor in `REVERTED`.
    package static func check(_ book: LogBookID, _ flows: [FlowDetail]) throws(Self) {
        let unfinished = flows.filter { $0.state != .success && $0.state != .reverted }.map(\.id)
        if !unfinished.isEmpty { throw LogBookInUse(book: book, unfinished: unfinished) }
    }

    /// The message for a person: what failed, why, and what to do.
    public var description: String {
        let shown = unfinished.prefix(3).map(\.description).joined(separator: ", ")
        let rest = unfinished.count > 3 ? " and \(unfinished.count - 3) more" : ""
        return "logbook \(book) has unfinished flows, which have to be resumed and finished first: \(shown)\(rest)"
    }
}

extension FlowDetail {
    /// The order of lists: by age, then by id.
    package static func isOlder(_ left: Self, than right: Self) -> Bool {
        (left.createdAt, left.id.description) < (right.createdAt, right.id.description)
    }
}
