internal import CLinux
internal import Dispatch
internal import Glibc
internal import Synchronization

/// Waits for sockets. One thread does that for the whole process, whatever the number of the waiting tasks.
final class Poller: Sendable {
    /// The poller of this process.
    static let shared = Poller()

    /// What a task waits for.
    enum Event: Sendable {
        /// There is something to read, or the other side has closed its end.
        case readable
        /// There is room to write.
        case writable
        /// The other side is gone; that it only writes no more does not count.
        case hangUp
    }

    /// How a wait ended.
    enum Outcome: Sendable {
        case happened
        case timedOut
        case cancelled
    }

    private struct Wait {
        let event: Event
        let deadline: ContinuousClock.Instant?
        let continuation: CheckedContinuation<Outcome?, Never>
    }

    private struct State {
        var nextKey: UInt64 = 0
        var waits: [UInt64: Wait] = [:]
        /// The keys of the waits for a descriptor, of which there is one or a few.
        var keys: [Int32: [UInt64]] = [:]
        /// No wait's deadline is earlier.
        var earliest: ContinuousClock.Instant?
    }

    private let state = Mutex(State())
    private let queue: Int32
    private let bell: Int32

    private init() {
        queue = epoll_create1(Int32(EPOLL_CLOEXEC))
        bell = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        precondition(queue >= 0 && bell >= 0, "cannot wait for sockets: \(SystemCalls.text(of: errno))")
        var event = epoll_event(events: EPOLLIN.rawValue, data: epoll_data_t(fd: bell))
        precondition(epoll_ctl(queue, EPOLL_CTL_ADD, bell, &event) == 0, SystemCalls.text(of: errno))
        DispatchQueue(label: "volumectl.varlink").async { [self] in while true { turn() } }
    }

    /// Waits until the event happens, at most until the deadline. A cancelled task doesn't wait.
    ///
    /// - Parameter descriptor: one that stays open until this returns.
    func wait(for event: Event, on descriptor: Int32, until deadline: ContinuousClock.Instant? = nil) async -> Outcome {
        let key = state.withLock { state in
            state.nextKey += 1
            return state.nextKey
        }
        let outcome: Outcome? = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let wait = Wait(event: event, deadline: deadline, continuation: continuation)
                // The handler below finds the wait, or has run before.
                let hasBegun = state.withLock { state in
                    !Task.isCancelled && begin(wait, key, descriptor, &state)
                }
                if !hasBegun { continuation.resume(returning: Task.isCancelled ? .cancelled : nil) }
            }
        } onCancel: {
            state.withLock { end(key, descriptor, &$0) }?.continuation.resume(returning: .cancelled)
        }
        if let outcome { return outcome }
        // The kernel has no memory to wait for the descriptor: the caller tries it again and again.
        try? await Task.sleep(for: .milliseconds(10))
        return Task.isCancelled ? .cancelled : .happened
    }

    /// Returns whether the kernel waits for the descriptor.
    private func begin(_ wait: Wait, _ key: UInt64, _ descriptor: Int32, _ state: inout State) -> Bool {
        state.waits[key] = wait
        state.keys[descriptor, default: []].append(key)
        guard watch(descriptor, state) else {
            _ = end(key, descriptor, &state)
            return false
        }
        if let deadline = wait.deadline, state.earliest.map({ deadline < $0 }) ?? true {
            state.earliest = deadline
            eventfd_write(bell, 1)
        }
        return true
    }

    /// Removes a wait; `nil` if it has ended already.
    private func end(_ key: UInt64, _ descriptor: Int32, _ state: inout State) -> Wait? {
        guard let wait = state.waits.removeValue(forKey: key) else { return nil }
        let rest = state.keys[descriptor, default: []].filter { $0 != key }
        state.keys[descriptor] = rest.isEmpty ? nil : rest
        _ = watch(descriptor, state)
        return wait
    }

    /// Tells the kernel what the waits for the descriptor are about.
    private func watch(_ descriptor: Int32, _ state: State) -> Bool {
        guard let keys = state.keys[descriptor] else {
            epoll_ctl(queue, EPOLL_CTL_DEL, descriptor, nil)
            return true
        }
        var event = epoll_event(events: 0, data: epoll_data_t(fd: descriptor))
        for key in keys { event.events |= state.waits[key].map { Self.interest($0.event) } ?? 0 }
        return epoll_ctl(queue, EPOLL_CTL_MOD, descriptor, &event) == 0
            || errno == ENOENT && epoll_ctl(queue, EPOLL_CTL_ADD, descriptor, &event) == 0
    }

    private static func interest(_ event: Event) -> UInt32 {
        switch event {
        case .readable: EPOLLIN.rawValue
        case .writable: EPOLLOUT.rawValue
        // The kernel tells it without being asked.
        case .hangUp: 0
        }
    }

    /// Waits once, on the poller's thread, and ends what has happened and what has taken too long.
    private func turn() {
        let earliest = state.withLock { $0.earliest }
        let milliseconds = earliest.map { (ContinuousClock.now.duration(to: $0) / .milliseconds(1)).rounded(.up) } ?? -1
        let limit = earliest == nil ? -1 : Int32(min(max(0, milliseconds), 1e9))
        var events = [epoll_event](repeating: epoll_event(), count: 64)
        let count = epoll_wait(queue, &events, Int32(events.count), limit)
        let ended = state.withLock { state in
            var ended: [(Wait, Outcome)] = []
            for event in events.prefix(Int(max(0, count))) {
                guard event.data.fd != bell else {
                    var rings: UInt64 = 0
                    eventfd_read(bell, &rings)
                    continue
                }
                ended += happened(event.events, on: event.data.fd, &state).map { ($0, .happened) }
            }
            return ended + timedOut(&state).map { ($0, .timedOut) }
        }
        for (wait, outcome) in ended { wait.continuation.resume(returning: outcome) }
    }

    private func happened(_ events: UInt32, on descriptor: Int32, _ state: inout State) -> [Wait] {
        let isOver = events & (EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0
        let keys = state.keys[descriptor, default: []]
            .filter { key in
                guard let wait = state.waits[key] else { return false }
                return isOver || events & Self.interest(wait.event) != 0
            }
        return keys.compactMap { end($0, descriptor, &state) }
    }

    private func timedOut(_ state: inout State) -> [Wait] {
        let now = ContinuousClock.now
        guard let earliest = state.earliest, earliest <= now else { return [] }
        var late: [Wait] = []
        for (descriptor, keys) in state.keys {
            for key in keys where state.waits[key]?.deadline.map({ $0 <= now }) ?? false {
                if let wait = end(key, descriptor, &state) { late.append(wait) }
            }
        }
        state.earliest = state.waits.values.compactMap(\.deadline).min()
        return late
    }
}
