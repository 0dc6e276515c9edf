internal import Foundation
internal import TaskFlow
internal import Varlink
internal import VolumeAPI

extension LocalAPI {
    /// The methods about events.
    var eventMethods: [Handler] {
        [
            list("ListEvents") { (parameters: Events, client, send) in
                for try await page in client.eventPages(try parameters.selection(), of: 1000) {
                    for event in page { try await send(try Answer("event", EventView(event))) }
                    for row in page.unreadable { try await send(try Answer("unreadable", row.key)) }
                }
            },
            watch("WatchEvents") { (parameters: Events, client, replies) in
                var watch = try await Watch(client, after: parameters.after, until: isStopping)
                while let events = try await watch.next(of: parameters.object) {
                    for event in events { try await replies.send(try Answer("event", EventView(event))) }
                }
                return nil
            },
        ]
    }

    private struct Events: Decodable {
        let object: String?
        let since: String?
        let after: Int64?
        let newest: Int?

        func selection() throws(VolumeError) -> EventSelection {
            if let newest, newest < 1 { throw CallParameter.refusal("'newest' is at least 1") }
            var date: Date?
            if let since {
                guard let time = EventTime(argument: since) else {
                    throw CallParameter.refusal("'\(since)' is not a time such as 1h or 2026-11-28")
                }
                date = time.date
            }
            return EventSelection(object: object, since: date, after: after, newest: newest)
        }
    }
}
