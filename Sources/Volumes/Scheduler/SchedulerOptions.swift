/// How pools are chosen for new volumes.
public struct SchedulerOptions: Sendable {
    /// A weigher and its factor.
    public struct Weighing: Sendable {
        /// The weigher.
        public let weigher: any PoolWeigher
        /// The factor of its normalised values; negative to prefer small values.
        public let multiplier: Double

        /// - Parameter multiplier: finite; negative to prefer small values.
        public init(_ weigher: any PoolWeigher, times multiplier: Double = 1) {
            (self.weigher, self.multiplier) = (weigher, multiplier)
        }
    }

    /// How the pool is taken once all are weighed.
    public enum Handler: String, Sendable, Hashable, CaseIterable {
        /// The heaviest pool; of several, the first in the configuration.
        case heaviest
        /// A random pool, with a probability proportional to its weight (`cinder: StochasticHostWeightHandler`).
        case stochastic
    }

    /// The weighers, whose scores are added.
    public var weighings: [Weighing]
    /// How the pool is taken once all are weighed.
    public var handler: Handler
    /// The maximum number of pools to try for a volume; at least 1 is tried (`cinder: scheduler_max_attempts`).
    public var maximumAttempts: Int
    /// Returns a random number from 0 up to, and not including, 1.
    public var random: @Sendable () -> Double

    /// - Parameters:
    ///   - weighings: the weighers, whose scores are added; by default, the most free capacity wins.
    ///   - handler: how the pool is taken once all are weighed.
    ///   - maximumAttempts: the maximum number of pools to try for a volume.
    ///   - random: returns a random number from 0 up to, and not including, 1.
    public init(
        weighings: [Weighing] = [Weighing(StandardWeigher.capacity)],
        handler: Handler = .heaviest,
        maximumAttempts: Int = 3,
        random: @escaping @Sendable () -> Double = { .random(in: 0..<1) }
    ) {
        self.weighings = weighings
        self.handler = handler
        self.maximumAttempts = maximumAttempts
        self.random = random
    }
}
