internal import Identity
internal import VolumeAPI
internal import VolumeDriver

/// The pools that were asked, and what a volume needs of them.
///
/// A class, so that each candidate refers to it and nothing is copied for a pool.
final class PoolSurvey: Sendable {
    let reports: [PoolReport]
    let request: Scheduler.Request
    private let provisioned: [String: ProvisionedCapacity]
    private let space: SharedSpace

    init(
        _ reports: [PoolReport],
        _ provisioned: [String: ProvisionedCapacity],
        _ request: Scheduler.Request
    ) {
        (self.reports, self.provisioned, self.request) = (reports, provisioned, request)
        space = SharedSpace(reports, provisioned)
    }

    func provisioned(in position: Int) -> ProvisionedCapacity {
        provisioned[reports[position].name] ?? ProvisionedCapacity()
    }

    /// The room that the pool has left; `nil` when it is down.
    ///
    /// - Parameter isNamingOthers: whether it names pools that share its space.
    func room(in position: Int, isNamingOthers: Bool) -> PoolRoom? {
        let report = reports[position]
        let others: (names: [String], further: Int) = isNamingOthers ? space.someOthers(than: report) : ([], 0)
        return PoolRoom(
            report,
            // Capacity that is provisioned in a pool with the same backing is missing here, too.
            promised: space.provisioned(with: report, provisioned(in: position)),
            sharedWith: others.names,
            furtherSharing: others.further,
            isThick: request.extraSpecs.isThick
        )
    }

    /// The values for expressions about the pool.
    func properties(of position: Int, _ room: PoolRoom) -> ExpressionProperties {
        ExpressionProperties(
            reports[position],
            provisioned(in: position),
            request.volume,
            request.extraSpecs,
            ratio: reports[position].overSubscriptionRatio(provisioned: room.promised)
        )
    }

    /// The size that the volume gets in the pool; `nil` if a filter rejects it, which the log's last check then says.
    func size(in position: Int, _ room: PoolRoom?, _ log: inout FilterLog) -> ByteCount? {
        let report = reports[position]
        guard isCandidate(report, &log) else { return nil }
        guard let room else {
            _ = log.reject("PoolState", "down: \(report.problem ?? "for an unknown reason")")
            return nil
        }
        guard log.note("PoolState", passes: true, "up"),
            AvailabilityZoneFilter(zones: request.zones).passes(report, &log), request.affinity.passes(report, &log),
            offersWhatIsDemanded(report, &log), let size = size(room, &log),
            LimitFilter().passes(room, size, &log), CapacityFilter().passes(room, size, &log)
        else { return nil }
        guard report.placement?.filterFunction != nil || request.query != nil else { return size }
        let properties = properties(of: position, room)
        guard DriverFilter().passes(report, properties, &log), passesQuery(properties, &log) else { return nil }
        return size
    }

    /// Whether the pool has not been tried, is the requested one, and takes new volumes.
    private func isCandidate(_ report: PoolReport, _ log: inout FilterLog) -> Bool {
        if let attempt = request.tried.first(where: { $0.pool == report.name }) {
            return log.reject("Attempted", attempt.error.description)
        }
        if let pool = request.pool, report.name != pool {
            return log.reject("RequestedPool", "pool \"\(pool)\" was requested")
        }
        if let disabling = request.disabled[report.name] { return log.reject("PoolState", disabling.description) }
        if request.imageFormat != nil, report.reportedAt != nil {
            return log.reject("ImagePlace", "the image is a file of another host than the pool")
        }
        return true
    }

    private func offersWhatIsDemanded(_ report: PoolReport, _ log: inout FilterLog) -> Bool {
        let specs = request.extraSpecs
        if !specs.values.isEmpty {
            if let unmet = specs.unmet(in: report.offered) {
                return log.reject("CapabilitiesFilter", unmet.description)
            }
            if log.isRead, let demands = specs.demands {
                _ = log.note("CapabilitiesFilter", passes: true, "wants \(demands)")
            }
        }
        guard let format = request.imageFormat, report.imageFormats?.contains(format) != true else { return true }
        return log.reject("ImageFormat", report.obstacle(toWriting: format))
    }

    /// The size in the pool's allocation units.
    private func size(_ room: PoolRoom, _ log: inout FilterLog) -> ByteCount? {
        guard let size = room.size(for: request.size) else {
            _ =
                request.size.percent == nil
                ? log.reject("AllocationUnit", "\(request.size) is more than 2^63 - 1 bytes in its allocation units")
                : log.reject("CapacityFilter", "has no free space to share: \(room)")
            return nil
        }
        // A size that was requested has been checked before; a share of the free space is known only here.
        if request.size.percent != nil, let obstacle = request.extraSpecs.obstacle(to: size) {
            _ = log.reject("TypeSize", "a volume of the type has not \(size): \(obstacle)")
            return nil
        }
        return size
    }

    private func passesQuery(_ properties: ExpressionProperties, _ log: inout FilterLog) -> Bool {
        guard let check = request.query?.check(properties) else { return true }
        return log.note(check.filter, passes: check.passes, check.compared)
    }
}

extension PoolReport {
    /// The reason why images of a format can't be written to the pool's volumes.
    fileprivate func obstacle(toWriting format: ImageFormat) -> String {
        let names = (imageFormats ?? []).map(\.rawValue).sorted().joined(separator: ", ")
        return "\(format.rawValue) images can't be written to its volumes"
            + (names.isEmpty
                ? ": its driver '\(kind)' transfers no images" : ": its driver '\(kind)' takes \(names) here")
    }
}

/// Lets a pool pass if the volume fits into what is left of the backend's own limit on the pool.
struct LimitFilter {
    func passes(_ room: PoolRoom, _ size: ByteCount, _ log: inout FilterLog) -> Bool {
        guard let limit = room.capacity.logicalLimit, let left = room.leftOfLimit, left < size else { return true }
        return log.reject("LimitFilter", "needs \(size), \(left) left of the pool's limit of \(limit)")
    }
}

/// Lets a pool pass if the volume fits into the capacity that can still be provisioned and the pool is not full
/// (`cinder: CapacityFilter`, which checks the real free space of thick pools only).
struct CapacityFilter {
    func passes(_ room: PoolRoom, _ size: ByteCount, _ log: inout FilterLog) -> Bool {
        if room.virtual >= size, room.isExhausted {
            return log.reject("CapacityFilter", "all of its \(room.capacity.total) are written or reserved")
        }
        return log.note("CapacityFilter", passes: room.virtual >= size, "needs \(size), \(room)")
    }
}

/// Lets a pool pass if its filter function holds for the volume; a pool without one passes (`cinder: DriverFilter`).
struct DriverFilter {
    /// Also lets a pool pass where only room is needed.
    func passes(_ report: PoolReport, _ properties: ExpressionProperties, _ log: inout FilterLog) -> Bool {
        guard let text = report.placement?.filterFunction, properties.hasVolume else { return true }
        do {
            let value = try PlacementExpression.parsed(text).value(with: properties)
            return log.note("DriverFilter", passes: value.isTrue, "\(text) is \(value)")
        } catch {
            return log.reject("DriverFilter", "\(text): \(error)")
        }
    }
}
