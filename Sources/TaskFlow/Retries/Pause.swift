/// How long to wait before trying again.
public struct Pause: Sendable {
    private let base: Duration
    private let factor: Double
    private let limit: Duration
    private let jitter: Double
    private let clock: any Clock<Duration>

    /// No time at all.
    public static let none = Pause(.zero)

    /// The same time before each attempt, or, with a factor, longer and longer.
    ///
    /// - Parameters:
    ///   - base: before the second attempt.
    ///   - factor: by which each pause is longer than the one before; 0 or more, and 1 if it isn't a number.
    ///   - limit: above which no pause grows.
    ///   - jitter: which part of a pause is left to chance, from 0 to 1, so that those that failed together don't come back
    ///     together. What is outside counts as the nearer end, and as 0 if it isn't a number.
    ///   - clock: what to wait by.
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

    /// The pause before an attempt, by its number from 1.
    ///
    /// - Parameter chance: from 0 to 1: which part of the jitter is taken off.
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
