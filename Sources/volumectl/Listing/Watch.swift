internal import ArgumentParser
internal import TaskFlow
internal import VolumeAPI

/// Follows the project's events until the program ends.
struct Watch {
    let service: any VolumeClient
    private var last: Int64
    private let isOver: @Sendable () -> Bool

    /// Follows events.
    ///
    /// - Parameters:
    ///   - number: the number of the event after which it begins; `nil` for the newest one.
    ///   - isOver: whether the program ends; by default, whether a signal has been caught.
    init(
        _ service: any VolumeClient,
        after number: Int64? = nil,
        until isOver: @escaping @Sendable () -> Bool = { Signals.isPending }
    ) async throws {
        (self.service, self.isOver) = (service, isOver)
        last = if let number { number } else { try await service.newestEvent() }
        guard number == nil else { return }
        // An event with a smaller number may still be under way. The page is read when there is none.
        var present = service.eventPages(EventSelection(newest: 1), of: 1).makeAsyncIterator()
        if let newest = try await present.next()?.readable.last { last = newest.number }
    }

    /// Waits for events that come after the last ones.
    ///
    /// - Parameter object: the only object whose events are returned.
    /// - Returns: the events; `nil` once the program ends.
    mutating func next(of object: String? = nil) async throws -> [Event]? {
        while !isOver() {
            if try await service.newestEvent() > last {
                var events: [Event] = []
                for try await page in service.eventPages(EventSelection(after: last), of: 1000) {
                    for row in page.unreadable { Console.note("warning: \(row)") }
                    events += page.readable
                    last = max(last, events.last?.number ?? last)
                }
                events = events.filter { object == nil || $0.object == object }
                if !events.isEmpty { return events }
            }
            try await Task.sleep(for: .milliseconds(200))
        }
        return nil
    }

    /// Runs `body` until it returns, which it should do after a signal.
    ///
    /// - Throws: the exit status of a program that a signal ends.
    static func untilSignal(_ body: () async throws -> Void) async throws {
        try await Signals.hearing {
            try await body()
            throw ExitCode(128 + (try await Signals.next()))
        }
    }
}
