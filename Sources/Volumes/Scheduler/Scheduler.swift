internal import VolumeAPI
internal import VolumeDriver

/// Chooses a pool: filters reject pools that can't take the volume, each pool's own numbers give the volume's size
/// there, and weighers rank the pools.
///
/// It compares the pools' reports with the provisioned capacity in the database, in the same transaction that adds the
/// volume to it, so that two requests can't get the same space.
struct Scheduler: Sendable {
    var options = SchedulerOptions()

    /// The needs of a volume.
    struct Request {
        let size: RequestedSize
        /// The only pool that may be chosen, if the user named one.
        let pool: String?
        /// The demands of the volume's type.
        var extraSpecs = ExtraSpecs(values: [:])
        /// The format of the image that is written to it; `nil` without one.
        var imageFormat: ImageFormat?
        /// The pools that have been tried, each with its driver's error.
        var tried: [PoolAttempt] = []
        /// The pools that take no new volumes.
        var disabled = DisabledPools()
        /// The zones in which the volume may be; empty for any.
        var zones: [String] = []
        /// The volumes near to which or apart from which the volume has to be.
        var affinity = AffinityFilter(near: [], apartFrom: [], pools: [:])
        /// A condition on the pool.
        var query: PoolQuery?
        /// The volume's own values for expressions; `nil` where only room is needed, for a volume that has a pool.
        var volume: ExpressionProperties.Volume?
    }

    /// Judges every pool that was asked; at most one verdict is `chosen`.
    func judge(
        _ reports: [PoolReport],
        provisioned: [String: ProvisionedCapacity],
        for request: Request
    ) -> [PoolVerdict] {
        rank(reports, provisioned: provisioned, for: request).verdicts()
    }

    /// Chooses among the pools that were asked. The verdicts on them are made when they are asked for.
    func rank(
        _ reports: [PoolReport],
        provisioned: [String: ProvisionedCapacity],
        for request: Request
    ) -> Ranking {
        let survey = PoolSurvey(reports, provisioned, request)
        var log = FilterLog(isRead: false)
        var pools: [WeighedPool] = []
        for position in reports.indices {
            let room = survey.room(in: position, isNamingOthers: false)
            guard let size = survey.size(in: position, room, &log), let room else { continue }
            pools.append(WeighedPool(survey: survey, position: position, room: room, size: size))
        }
        return Ranking(survey, pools, options)
    }
}
