import Synchronization
import Testing
import TimeLimits

/// The alarms of one timer.
struct TickerTests {
    private let ticker = Ticker.shared
    private let tick = Duration.milliseconds(50)

    /// The words that alarms say, in their order.
    private func heard(_ count: Int, _ schedule: (@escaping @Sendable (String) -> Void) -> Void) async -> [String] {
        let (words, say) = AsyncStream<String>.makeStream()
        schedule { say.yield($0) }
        return await words.prefix(count).reduce(into: []) { $0.append($1) }
    }

    @Test func `alarms ring by their delays, however many there are, and each once`() async {
        let said = Mutex<[Int]>([])
        let last = await heard(1) { say in
            for number in 0..<200 {
                _ = ticker.schedule(after: tick * (number % 4)) { said.withLock { $0.append(number) } }
            }
            _ = ticker.schedule(after: tick * 8) { say("last") }
        }
        #expect(last == ["last"])
        #expect(said.withLock { $0.sorted() } == Array(0..<200))
    }

    @Test func `an alarm rings after those that are due before it`() async {
        let said = await heard(3) { say in
            for ticks in [1, 3, 5] { _ = ticker.schedule(after: tick * ticks) { say("\(ticks)") } }
        }
        #expect(said == ["1", "3", "5"])
    }

    @Test func `a cancelled alarm does not ring, and the others do`() async {
        let ticker = ticker
        let said = await heard(2) { say in
            // No tick can pass while an alarm rings.
            _ = ticker.schedule(after: tick) {
                say("first")
                ticker.cancel(ticker.schedule(after: .zero) { say("cancelled") })
                _ = ticker.schedule(after: .milliseconds(200)) { say("second") }
            }
        }
        #expect(said == ["first", "second"])
    }

    @Test func `an alarm that has rung or was never set is cancelled without effect`() async {
        let ticker = ticker
        let number = Mutex(0)
        let said = await heard(1) { say in
            let alarm = ticker.schedule(after: .zero) { say("rung") }
            number.withLock { $0 = alarm }
        }
        #expect(said == ["rung"])
        ticker.cancel(number.withLock { $0 })
        ticker.cancel(-1)
    }

    @Test(arguments: [Duration.zero, .seconds(-1), .seconds(Int64.min)])
    func `an alarm without a delay rings`(delay: Duration) async {
        let ticker = ticker
        #expect(await heard(1) { say in _ = ticker.schedule(after: delay) { say("rung") } } == ["rung"])
    }

    @Test func `an alarm in the far future does not ring, and delays no other`() async {
        let ticker = ticker
        let far = [Duration.seconds(Int64.max), .seconds(86_400 * 365)]
            .map { ticker.schedule(after: $0) { Issue.record("the far future has come") } }
        #expect(await heard(1) { say in _ = ticker.schedule(after: .zero) { say("rung") } } == ["rung"])
        for alarm in far { ticker.cancel(alarm) }
    }

    @Test func `the timer, which stops without alarms, runs again for the next`() async throws {
        let ticker = ticker
        for pause in [Duration.zero, tick, tick * 4] {
            #expect(await heard(1) { say in _ = ticker.schedule(after: .zero) { say("rung") } } == ["rung"])
            try await Task.sleep(for: pause)
        }
    }
}
