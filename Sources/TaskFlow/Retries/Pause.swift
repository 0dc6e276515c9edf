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
    ///   - factor: by which each pause is longer than the one before.
    ///   - limit: above which no pause grows.
    ///   - jitter: which part of a pause is left to chance, from 0 to 1, so that those that failed together don't come back
    ///     together.
    ///   - clock: what to wait by.
    public init(
        _ base: Duration,
        factor: Double = 1,
        limit: Duration = .seconds(300),
        jitter: Double = 0,
        clock: any Clock<Duration> = ContinuousClock()
    ) {
        self.base = base
        self.factor = factor
        self.limit = limit
        self.jitter = jitter
        self.clock = clock
    }

    /// The pause before an attempt, by its number from 1.
    ///
    /// - Parameter chance: from 0 to 1: which part of the jitter is taken off.
    func duration(before attempt: Int, chance: Double) -> Duration {
        guard attempt > 1, base > .zero else { return .zero }
        var pause = base / .seconds(1)
        for _ in 2..<attempt where pause < limit / .seconds(1) { pause *= factor }
        return .seconds(min(pause, limit / .seconds(1)) * (1 - jitter * chance))
    }

    func wait(before attempt: Int) async throws {
        let pause = duration(before: attempt, chance: .random(in: 0...1))
        if pause > .zero { try await clock.sleep(for: pause) }
    }
}
