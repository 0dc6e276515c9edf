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
    /// Returns a random number from 0 up to, and not including, 1.
    public var random: @Sendable () -> Double

    /// - Parameters:
    ///   - weighings: the weighers, whose scores are added; by default, the most free capacity wins.
    ///   - handler: how the pool is taken once all are weighed.
    ///   - random: returns a random number from 0 up to, and not including, 1.
    public init(
        weighings: [Weighing] = [Weighing(StandardWeigher.capacity)],
        handler: Handler = .heaviest,
        random: @escaping @Sendable () -> Double = { .random(in: 0..<1) }
    ) {
        self.weighings = weighings
        self.handler = handler
        self.random = random
    }
}
