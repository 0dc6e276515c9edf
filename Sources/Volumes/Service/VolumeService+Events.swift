internal import FoundationEssentials
internal import SQL
internal import SQLStore
internal import TaskFlow
public import VolumeAPI

extension VolumeService {
    /// Lists the project's events, oldest first, `size` events a page.
    public func eventPages(_ selection: EventSelection = EventSelection(), of size: Int = 1000) -> Pages<Event> {
        let project = project
        return Pages(of: size) { position, limit async throws(VolumeError) in
            // An event with a smaller number may be under way, and must not appear after one that has been read.
            try await read(settledIf: { $0.last != nil }) { connection in
                let table = EventTable(connection: connection)
                var start = position ?? selection.after ?? 0
                if position == nil {
                    if let newest = selection.newest {
                        let first = try table.number(beforeNewest: newest, project: project, object: selection.object)
                        start = max(start, first)
                    }
                    if let since = selection.since {
                        start = max(start, try table.number(before: since, project: project))
                    }
                }
                return try table.list(project: project, object: selection.object, after: start, limit: limit)
            }
        }
    }

    /// Returns the number of the project's newest event; 0 without any. With every change it grows, unless another change
    /// was under way at the same time: whoever needs all events reads them page by page.
    public func newestEvent() async throws(VolumeError) -> Int64 {
        let project = project
        return try await read { try EventTable(connection: $0).newest(project: project) }
    }

    /// Removes a few of the events that are older than a number of days, or beyond a number of the newest.
    func forgetEvents(olderThan days: Int?, beyond count: Int?) async throws {
        guard days != nil || count != nil else { return }
        let time = days.map { Date() - TimeInterval($0) * 86_400 }
        let find: @Sendable (any SQLConnection) throws -> Int64? = {
            try EventTable(connection: $0).lastForgettable(before: time, beyond: count, limit: Self.eventBatch)
        }
        // Read first, so that no transaction is written if there is nothing to do.
        guard try await store.read(find) != nil else { return }
        try await store.transact { transaction in
            guard let last = try find(transaction.connection) else { return }
            try EventTable(connection: transaction.connection).forget(upTo: last)
        }
    }

    /// The number of events that are removed at once: their removal needs less space than is kept in reserve.
    private static var eventBatch: Int { 200 }
}
