import FoundationEssentials
import Synchronization
import TaskFlow

/// How a flow that is listened to ends.
enum Ending: CaseIterable {
    case success
    case reverted
}

struct Access: Fields {
    @Field var host: String
    @Field var token: String
}

/// Lends a token and uses it. Lending takes two seconds and its revert one; using it takes three, and then it may fail.
func listenedEngine(_ ending: Ending, clock: ManualClock = ManualClock()) throws -> Engine<MemoryStore> {
    let flow = try Flow("listened") {
        Step(
            External { (_: Nothing) in
                clock.advance(by: .seconds(2))
                return Access(host: "node-1", token: "open sesame")
            } undoing: { _, _ in
                clock.advance(by: .seconds(1))
            },
            named: "lend"
        )
        Step(
            External { (_: Access) -> Nothing in
                clock.advance(by: .seconds(3))
                if ending == .reverted { throw Woot(message: "full\nstop") }
                return Nothing()
            },
            named: "use"
        )
    }
    return try Engine(flow, request: Nothing(), in: MemoryStore(), now: { clock.date })
}

/// A clock that goes on when it is told to.
final class ManualClock: Clock {
    struct Instant: InstantProtocol {
        let sinceStart: Duration

        static func < (left: Self, right: Self) -> Bool { left.sinceStart < right.sinceStart }

        func advanced(by duration: Duration) -> Self { Instant(sinceStart: sinceStart + duration) }

        func duration(to other: Self) -> Duration { other.sinceStart - sinceStart }
    }

    private let time = Mutex(Duration.zero)

    var now: Instant { Instant(sinceStart: time.withLock { $0 }) }
    var date: Date { Date(timeIntervalSince1970: now.sinceStart / .seconds(1)) }
    var minimumResolution: Duration { .nanoseconds(1) }

    func advance(by duration: Duration) { time.withLock { $0 += duration } }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        time.withLock { $0 = max($0, deadline.sinceStart) }
    }
}
