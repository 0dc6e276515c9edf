internal import VolumeAPI
internal import VolumeDriver

/// Chooses a pool: filters reject pools that can't take the volume, each pool's own numbers give the volume's size
/// there, and a weigher ranks the pools.
///
/// It compares the pools' reports with the provisioned capacity in the database, in the same transaction that adds the
/// volume to it, so that two requests can't get the same space.
struct Scheduler {
    /// What a volume needs.
    struct Request {
        let size: RequestedSize
        /// The only pool that may be chosen, if the user named one.
        let pool: String?
        /// What the volume's type demands.
        var extraSpecs = ExtraSpecs(values: [:])
        /// The pools that have been tried, each with its driver's error.
        var tried: [PoolAttempt] = []
    }

    /// Judges every pool that was asked; at most one verdict is `chosen`.
    func judge(
        _ reports: [PoolReport],
        provisioned: [String: ProvisionedCapacity],
        for request: Request
    ) -> [PoolVerdict] {
        let judged = reports.map { report in
            // Capacity that is provisioned in a pool with the same backing is missing here, too.
            let sharing = report.sharing(among: reports, provisioned)
            let bytes = ([report.name] + sharing).compactMap { provisioned[$0]?.size.bytes }
                .reduce(Int64(0)) { sum, next in sum > .max - next ? .max : sum + next }
            let room = PoolRoom(
                report,
                promised: ByteCount(bytes: bytes) ?? .zero,
                sharedWith: sharing,
                isThick: request.extraSpecs.isThick
            )
            return verdict(on: report, room: room, for: request)
        }
        let best = judged.filter(\.isEligible).max { weight($0, request) < weight($1, request) }
        return judged.map { $0.pool == best?.pool ? $0.chosen : $0 }
    }

    /// The most capacity wins (`cinder: CapacityWeigher`); for a share of the free space, the largest volume.
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
            return rejected("RequestedPool", "pool \"\(pool)\" was requested")
        }
        guard let room else { return rejected("PoolState", "down: \(report.problem ?? "for an unknown reason")") }
        if let obstacle = request.extraSpecs.obstacle(in: report.offered) {
            return rejected("CapabilitiesFilter", obstacle)
        }
        guard let size = room.size(for: request.size) else {
            guard request.size.percent != nil else {
                return rejected("AllocationUnit", "\(request.size) is more than 2^63 - 1 bytes in its allocation units")
            }
            return rejected("CapacityFilter", "has no free space to share: \(room)")
        }
        // A size that was requested has been checked before; a share of the free space is known only here.
        if request.size.percent != nil, let obstacle = request.extraSpecs.obstacle(to: size) {
            return rejected("TypeSize", "a volume of the type has not \(size): \(obstacle)")
        }
        if let obstacle = LimitFilter().obstacle(in: room, for: size) { return rejected("LimitFilter", obstacle) }
        if let obstacle = CapacityFilter().obstacle(in: room, for: size) { return rejected("CapacityFilter", obstacle) }
        return PoolVerdict(report, .eligible, room: room, size: size, why: room.description)
    }
}

/// Lets a pool pass if the volume fits into what is left of the backend's own limit on the pool.
struct LimitFilter {
    /// Why `size` does not fit; `nil` if it does.
    func obstacle(in room: PoolRoom, for size: ByteCount) -> String? {
        guard let limit = room.capacity.logicalLimit, let left = room.leftOfLimit, left < size else { return nil }
        return "needs \(size), \(left) left of the pool's limit of \(limit)"
    }
}

/// Lets a pool pass if the volume fits into the capacity that can still be provisioned and the pool is not full
/// (`cinder: CapacityFilter`, which checks the real free space of thick pools only).
struct CapacityFilter {
    /// Why `size` does not fit; `nil` if it does.
    func obstacle(in room: PoolRoom, for size: ByteCount) -> String? {
        if room.virtual < size { return "needs \(size), \(room)" }
        return room.isExhausted ? "all of its \(room.capacity.total) are written or reserved" : nil
    }
}
