internal import SQLStore
internal import Synchronization
internal import TaskFlow
internal import TimeLimits

/// Calls a function when another process has requested that a flow be reverted.
final class CancelWatch: Sendable {
    private let flow: FlowID
    private let store: SQLStore
    private let cancel: @Sendable () -> Void
    /// The next look's alarm; `nil` after the watch has ended.
    private let alarm = Mutex<Int?>(nil)

    /// The maximum delay until a process notices that another one has cancelled its flow.
    private static let pause = Duration.milliseconds(200)

    /// Watches until ``end()``, or until the request can't be looked up.
    init(of flow: FlowID, in store: SQLStore, cancel: @escaping @Sendable () -> Void) {
        (self.flow, self.store, self.cancel) = (flow, store, cancel)
        alarm.withLock { $0 = schedule() }
    }

    func end() {
        alarm.withLock { alarm in
            if let alarm { Ticker.shared.cancel(alarm) }
            alarm = nil
        }
    }

    private func schedule() -> Int {
        Ticker.shared.schedule(after: Self.pause) { Task { try await self.look() } }
    }

    private func look() async throws {
        if try await store.isCancelRequested(flow) { return cancel() }
        alarm.withLock { if $0 != nil { $0 = schedule() } }
    }
}
