internal import VolumeAPI

extension Scheduler {
    /// Gives each eligible verdict its scores, and chooses one.
    ///
    /// - Parameter pools: the eligible pools, by the positions of their verdicts.
    func weigh(_ verdicts: [PoolVerdict], _ pools: [(position: Int, pool: WeighedPool)]) -> [PoolVerdict] {
        guard !pools.isEmpty else { return verdicts }
        var verdicts = verdicts
        let isStochastic = options.handler == .stochastic
        var scores = [[WeigherScore]](repeating: [], count: pools.count)
        for weighing in options.weighings where weighing.multiplier != 0 {
            let values = pools.map { pool -> Double in
                let value = weighing.weigher.weight(of: pool.pool)
                return value.isFinite ? value : 0
            }
            // A normalised weight is not proportional to the value.
            let normalized = isStochastic ? values : Self.normalized(values)
            for index in pools.indices {
                scores[index]
                    .append(
                        WeigherScore(
                            weigher: weighing.weigher.name,
                            value: values[index],
                            normalized: normalized[index],
                            multiplier: weighing.multiplier
                        )
                    )
            }
        }
        for (index, pool) in pools.enumerated() { verdicts[pool.position].scores = scores[index] }
        let weights = pools.map { verdicts[$0.position].weight ?? 0 }
        let winner = pools[isStochastic ? drawn(weights) : Self.heaviest(weights)].position
        verdicts[winner] = verdicts[winner].chosen
        return verdicts
    }

    /// The values from 0 for the least to 1 for the largest; 0 where all are equal (`cinder: normalize`).
    static func normalized(_ values: [Double]) -> [Double] {
        guard let least = values.min(), let most = values.max(), least < most else { return values.map { _ in 0 } }
        // Halved, because the range of finite numbers may be no finite number.
        let range = most / 2 - least / 2
        return values.map { ($0 / 2 - least / 2) / range }
    }

    /// The position of the largest weight; of the first, if several are equal.
    private static func heaviest(_ weights: [Double]) -> Int {
        weights.indices.max { weights[$0] < weights[$1] } ?? 0
    }

    /// A random position, with a probability proportional to the weight; a negative weight counts as 0.
    private func drawn(_ weights: [Double]) -> Int {
        let weights = weights.map { $0.isFinite ? max(0, $0) : 0 }
        guard let most = weights.max(), most > 0 else {
            return min(Int(options.random() * Double(weights.count)), weights.count - 1)
        }
        // Relative to the largest, so that the sum is finite.
        let shares = weights.map { $0 / most }
        var rest = options.random() * shares.reduce(0, +)
        for (position, share) in shares.enumerated() {
            if rest < share { return position }
            rest -= share
        }
        return shares.lastIndex { $0 > 0 } ?? 0
    }
}
