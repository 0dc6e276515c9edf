/// The pause before another attempt.
public struct Pause: Sendable {
    private let base: Duration
    private let factor: Double
    private let limit: Duration
    private let jitter: Double
    private let clock: any Clock<Duration>

    /// No pause.
    public static let none = Pause(.zero)

    /// Creates a pause that is the same before each attempt or, with a factor, grows exponentially.
    ///
    /// - Parameters:
    ///   - base: the pause before the second attempt.
    ///   - factor: the ratio of each pause to the one before; negative values count as 0, and NaN as 1.
    ///   - limit: the longest pause.
    ///   - jitter: the part of a pause, from 0 to 1, that is random, so that runs that failed together don't retry
    ///     together. Other values are clamped, and NaN counts as 0.
    ///   - clock: the clock for the pause.
    public init(
        _ base: Duration,
        factor: Double = 1,
        limit: Duration = .seconds(300),
        jitter: Double = 0,
        clock: any Clock<Duration> = ContinuousClock()
    ) {
        self.base = base.clamped
        self.factor = factor.isNaN ? 1 : max(0, factor)
        self.limit = limit.clamped
        self.jitter = jitter.isNaN ? 0 : min(1, max(0, jitter))
        self.clock = clock
    }

    /// The pause before an attempt.
    ///
    /// - Parameters:
    ///   - attempt: the attempt's number, from 1.
    ///   - chance: the part of the jitter to subtract, from 0 to 1.
    func duration(before attempt: Int, chance: Double) -> Duration {
        guard attempt > 1, base > .zero else { return .zero }
        let limit = limit / .seconds(1)
        var pause = base / .seconds(1)
        if factor != 1 {
            for _ in 2..<attempt where pause > 0 && pause < limit { pause *= factor }
        }
        return Duration(clamping: min(pause, limit) * (1 - jitter * chance))
    }

    func wait(before attempt: Int) async throws {
        let pause = duration(before: attempt, chance: .random(in: 0...1)) - (TaskContext.current?.waited ?? .zero)
        if pause > .zero { try await clock.sleep(for: pause) }
    }
}
