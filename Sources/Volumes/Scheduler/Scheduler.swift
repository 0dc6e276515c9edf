internal import VolumeAPI
internal import VolumeDriver

/// Places a volume: filters say which pools can take it, each pool's own numbers how large it gets there, and a weigher
/// which of the pools is best.
///
/// It judges by what pools reported and by the provisioned capacity in the database, in the transaction that adds the
/// volume to that: two requests can't be given the same room.
struct Scheduler {
    /// What a volume needs.
    struct Request {
        let size: RequestedSize
        /// The only pool that may be chosen, if the user named one.
        let pool: String?
        /// The pools that have been tried, each with what its driver said.
        var tried: [PoolAttempt] = []
    }

    /// Judges every pool that was asked; at most one verdict is `chosen`.
    func judge(
        _ reports: [PoolReport],
        provisioned: [String: ProvisionedCapacity],
        for request: Request
    ) -> [PoolVerdict] {
        let judged = reports.map { report in
            // Capacity that is provisioned in a pool that takes its room from the same place is missing here, too.
            let sharing = report.sharing(among: reports, provisioned)
            let bytes = ([report.name] + sharing).compactMap { provisioned[$0]?.size.bytes }
                .reduce(Int64(0)) { sum, next in sum > .max - next ? .max : sum + next }
            let room = PoolRoom(report, promised: ByteCount(bytes: bytes) ?? .zero, sharedWith: sharing)
            return verdict(on: report, room: room, for: request)
        }
        let best = judged.filter(\.isEligible).max { weight($0, request) < weight($1, request) }
        return judged.map { $0.pool == best?.pool ? $0.chosen : $0 }
    }

    /// The most room wins (`cinder: CapacityWeigher`); for a share of the free space, the largest volume.
    private func weight(_ verdict: PoolVerdict, _ request: Request) -> ByteCount {
        (request.size.percent == nil ? verdict.room?.virtual : verdict.size) ?? .zero
    }

    private func verdict(on report: PoolReport, room: PoolRoom?, for request: Request) -> PoolVerdict {
        func rejected(_ filter: String, _ why: String) -> PoolVerdict {
            PoolVerdict(report, .rejected, filter: filter, room: room, why: why)
        }
        if let attempt = request.tried.first(where: { $0.pool == report.name }) {
            return rejected("Attempted", attempt.error.description)
        }
        if let pool = request.pool, report.name != pool {
            return rejected("RequestedPool", "pool \"\(pool)\" was asked for")
        }
        guard let room else { return rejected("PoolState", "down: \(report.problem ?? "it did not say why")") }
        guard let size = room.size(for: request.size) else {
            guard request.size.percent != nil else {
                return rejected("AllocationUnit", "\(request.size) is more than 2^63 - 1 bytes in its allocation units")
            }
            return rejected("CapacityFilter", "has no free space to share: \(room)")
        }
        if let obstacle = LimitFilter().obstacle(in: room, for: size) { return rejected("LimitFilter", obstacle) }
        if let obstacle = CapacityFilter().obstacle(in: room, for: size) { return rejected("CapacityFilter", obstacle) }
        return PoolVerdict(report, .eligible, room: room, size: size, why: room.description)
    }
}

/// Lets a pool pass if the volume fits beside its others into the limit that is configured for the pool itself.
struct LimitFilter {
    /// Why `size` does not fit; `nil` if it does.
    func obstacle(in room: PoolRoom, for size: ByteCount) -> String? {
        guard let limit = room.capacity.logicalLimit, let left = room.leftOfLimit, left < size else { return nil }
        return "needs \(size), \(left) left of the pool's limit of \(limit)"
    }
}

/// Lets a pool pass if the volume fits into what may still be provisioned and into what is really there
/// (`cinder: CapacityFilter`, which looks at the real room of thick pools only).
struct CapacityFilter {
    /// Why `size` does not fit; `nil` if it does.
    func obstacle(in room: PoolRoom, for size: ByteCount) -> String? {
        if room.virtual < size { return "needs \(size), \(room)" }
        return room.isExhausted ? "all of its \(room.capacity.total) are written or reserved" : nil
    }
}
