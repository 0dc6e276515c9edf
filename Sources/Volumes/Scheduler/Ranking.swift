internal import VolumeAPI
internal import VolumeDriver

/// The pools that can take a volume, with their weights, and the one that is chosen.
struct Ranking {
    /// The values that a weigher gave.
    private struct Column {
        let weighing: SchedulerOptions.Weighing
        let values: [Double]
        let normalized: [Double]
    }

    private let survey: PoolSurvey
    /// In the order of the reports.
    private let pools: [WeighedPool]
    private let columns: [Column]
    /// The sums of the scores.
    private let weights: [Double]
    /// The pool that gets the volume; `nil` if none can take it.
    let chosen: WeighedPool?

    /// - Parameter pools: the pools that can take the volume, in the order of their reports.
    init(_ survey: PoolSurvey, _ pools: [WeighedPool], _ options: SchedulerOptions) {
        (self.survey, self.pools) = (survey, pools)
        let isStochastic = options.handler == .stochastic
        var weights = [Double](repeating: 0, count: pools.count)
        var columns: [Column] = []
        for weighing in options.weighings where weighing.multiplier != 0 && !pools.isEmpty {
            let values = pools.map { pool -> Double in
                let value = weighing.weigher.weight(of: pool)
                return value.isFinite ? value : 0
            }
            // A normalised weight is not proportional to the value.
            let normalized = isStochastic ? values : Scheduler.normalized(values)
            for index in weights.indices { weights[index] += normalized[index] * weighing.multiplier }
            columns.append(Column(weighing: weighing, values: values, normalized: normalized))
        }
        (self.columns, self.weights) = (columns, weights)
        guard !pools.isEmpty else {
            chosen = nil
            return
        }
        chosen = pools[isStochastic ? Self.drawn(weights, options.random) : Self.heaviest(weights)]
    }

    /// The verdicts on the pools, in the order of their reports.
    ///
    /// - Parameter most: how many verdicts are wanted. Beyond that, those on the heaviest pools are given, with the chosen one, and
    ///   those on the first that are rejected.
    func verdicts(atMost most: Int = .max) -> [PoolVerdict] {
        let places = Dictionary(uniqueKeysWithValues: pools.indices.map { (pools[$0].position, $0) })
        return positions(atMost: most).map { verdict(at: $0, place: places[$0]) }
    }

    private func positions(atMost most: Int) -> [Int] {
        let all = survey.reports.indices
        guard all.count > most else { return Array(all) }
        let rejected = all.count - pools.count
        let heaviest = pools.indices.sorted { (weights[$1], $0) < (weights[$0], $1) }.map { pools[$0].position }
        let chosen = chosen.map { [$0.position] } ?? []
        let others = heaviest.filter { $0 != self.chosen?.position }
            .prefix(max(0, max(most / 2, most - rejected) - chosen.count))
        let eligible = Set(pools.map(\.position))
        let rest = all.lazy.filter { !eligible.contains($0) }.prefix(max(0, most - chosen.count - others.count))
        return (chosen + others + rest).sorted()
    }

    /// - Parameter place: the place of the pool among those that can take the volume; `nil` for one that can't.
    private func verdict(at position: Int, place: Int?) -> PoolVerdict {
        var log = FilterLog(isRead: true)
        let room = survey.room(in: position, isNamingOthers: true)
        let size = survey.size(in: position, room, &log)
        let rejection = size == nil ? log.checks.last : nil
        var verdict = PoolVerdict(
            survey.reports[position],
            rejection != nil ? .rejected : position == chosen?.position ? .chosen : .eligible,
            filter: rejection?.filter,
            room: room,
            size: size,
            why: rejection?.compared ?? room?.description ?? "",
            checks: log.checks
        )
        verdict.scores = place.map { place in
            columns.map { column in
                WeigherScore(
                    weigher: column.weighing.weigher.name,
                    value: column.values[place],
                    normalized: column.normalized[place],
                    multiplier: column.weighing.multiplier
                )
            }
        }
        return verdict
    }

    /// The position of the largest weight; of the first, if several are equal.
    private static func heaviest(_ weights: [Double]) -> Int {
        weights.indices.max { weights[$0] < weights[$1] } ?? 0
    }

    /// A random position, with a probability proportional to the weight; a negative weight counts as 0.
    private static func drawn(_ weights: [Double], _ random: () -> Double) -> Int {
        let weights = weights.map { $0.isFinite ? max(0, $0) : 0 }
        guard let most = weights.max(), most > 0 else {
            return min(Int(random() * Double(weights.count)), weights.count - 1)
        }
        // Relative to the largest, so that the sum is finite.
        let shares = weights.map { $0 / most }
        var rest = random() * shares.reduce(0, +)
        for (position, share) in shares.enumerated() {
            if rest < share { return position }
            rest -= share
        }
        return shares.lastIndex { $0 > 0 } ?? 0
    }
}

extension Scheduler {
    /// The values from 0 for the least to 1 for the largest; 0 where all are equal (`cinder: normalize`).
    static func normalized(_ values: [Double]) -> [Double] {
        guard let least = values.min(), let most = values.max(), least < most else { return values.map { _ in 0 } }
        // Halved, because the range of finite numbers may be no finite number.
        let range = most / 2 - least / 2
        return values.map { ($0 / 2 - least / 2) / range }
    }
}
