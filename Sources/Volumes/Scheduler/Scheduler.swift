internal import VolumeAPI
internal import VolumeDriver

/// Chooses a pool: filters reject pools that can't take the volume, each pool's own numbers give the volume's size
/// there, and weighers rank the pools.
///
/// It compares the pools' reports with the provisioned capacity in the database, in the same transaction that adds the
/// volume to it, so that two requests can't get the same space.
struct Scheduler: Sendable {
    var options = SchedulerOptions()

    /// What a volume needs.
    struct Request {
        let size: RequestedSize
        /// The only pool that may be chosen, if the user named one.
        let pool: String?
        /// What the volume's type demands.
        var extraSpecs = ExtraSpecs(values: [:])
        /// The format of the image that is written to it; `nil` without one.
        var imageFormat: ImageFormat?
        /// The pools that have been tried, each with its driver's error.
        var tried: [PoolAttempt] = []
        /// The pools that take no new volumes.
        var disabled: [String: PoolDisabling] = [:]
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
        var eligible: [(position: Int, pool: WeighedPool)] = []
        let space = SharedSpace(reports, provisioned)
        let judged = reports.enumerated()
            .map { position, report in
                // Capacity that is provisioned in a pool with the same backing is missing here, too.
                let sharing = space.others(than: report)
                let bytes = ([report.name] + sharing).compactMap { provisioned[$0]?.size.bytes }
                    .reduce(Int64(0)) { sum, next in sum > .max - next ? .max : sum + next }
                let room = PoolRoom(
                    report,
                    promised: ByteCount(bytes: bytes) ?? .zero,
                    sharedWith: sharing,
                    isThick: request.extraSpecs.isThick
                )
                let own = provisioned[report.name] ?? ProvisionedCapacity()
                let properties = ExpressionProperties(report, own, request.volume, request.extraSpecs)
                let verdict = verdict(on: report, room: room, properties, for: request)
                if verdict.isEligible, let room, let size = verdict.size {
                    let pool = WeighedPool(
                        report: report,
                        provisioned: own,
                        left: room.virtual,
                        size: size,
                        isShare: request.size.percent != nil,
                        properties: properties
                    )
                    eligible.append((position, pool))
                }
                return verdict
            }
        return weigh(judged, eligible)
    }

    private func verdict(
        on report: PoolReport,
        room: PoolRoom?,
        _ properties: ExpressionProperties,
        for request: Request
    ) -> PoolVerdict {
        var checks: [FilterCheck] = []
        func rejected(_ filter: String, _ why: String) -> PoolVerdict {
            checks.append(FilterCheck(filter, passes: false, why))
            return PoolVerdict(report, .rejected, filter: filter, room: room, why: why, checks: checks)
        }
        if let attempt = request.tried.first(where: { $0.pool == report.name }) {
            return rejected("Attempted", attempt.error.description)
        }
        if let pool = request.pool, report.name != pool {
            return rejected("RequestedPool", "pool \"\(pool)\" was requested")
        }
        if let disabling = request.disabled[report.name] { return rejected("PoolState", disabling.description) }
        guard let room else { return rejected("PoolState", "down: \(report.problem ?? "for an unknown reason")") }
        checks.append(FilterCheck("PoolState", passes: true, "up"))
        for check in [AvailabilityZoneFilter(zones: request.zones).check(report)].compactMap(\.self)
            + request.affinity.checks(report)
        {
            guard check.passes else { return rejected(check.filter, check.compared) }
            checks.append(check)
        }
        if let obstacle = request.extraSpecs.obstacle(in: report.offered) {
            return rejected("CapabilitiesFilter", obstacle)
        }
        if let demands = request.extraSpecs.demands {
            checks.append(FilterCheck("CapabilitiesFilter", passes: true, "wants \(demands)"))
        }
        if let format = request.imageFormat, let obstacle = report.obstacle(toWriting: format) {
            return rejected("ImageFormat", obstacle)
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
        let left = room.description
        checks.append(FilterCheck("CapacityFilter", passes: true, "needs \(size), \(left)"))
        for check in [DriverFilter().check(report, properties), request.query?.check(properties)].compactMap(\.self) {
            guard check.passes else { return rejected(check.filter, check.compared) }
            checks.append(check)
        }
        return PoolVerdict(report, .eligible, room: room, size: size, why: left, checks: checks)
    }
}

extension PoolReport {
    /// Why images of a format can't be written to the pool's volumes; `nil` if they can.
    fileprivate func obstacle(toWriting format: ImageFormat) -> String? {
        let formats = imageFormats ?? []
        guard !formats.contains(format) else { return nil }
        let names = formats.map(\.rawValue).sorted().joined(separator: ", ")
        return "\(format.rawValue) images can't be written to its volumes"
            + (names.isEmpty
                ? ": its driver '\(kind)' transfers no images" : ": its driver '\(kind)' takes \(names) here")
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

/// Lets a pool pass if its filter function holds for the volume; a pool without one passes (`cinder: DriverFilter`).
struct DriverFilter {
    /// `nil` for a pool without a filter function, or where only room is needed.
    func check(_ report: PoolReport, _ properties: ExpressionProperties) -> FilterCheck? {
        guard let text = report.placement?.filterFunction, properties.hasVolume else { return nil }
        do {
            let value = try PlacementExpression(parsing: text).value(with: properties)
            return FilterCheck("DriverFilter", passes: value.isTrue, "\(text) is \(value)")
        } catch {
            return FilterCheck("DriverFilter", passes: false, "\(text): \(error)")
        }
    }
}
