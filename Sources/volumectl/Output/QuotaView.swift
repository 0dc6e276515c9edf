internal import Identity
internal import PoolConfiguration
internal import VolumeAPI
internal import VolumeDriver

extension OutputOptions {
    func print(_ quota: QuotaStatus, _ settings: Settings) throws {
        if !quota.differences.isEmpty || !quota.staleReservations.isEmpty {
            Console.note("warning: the recorded usage is not that of the volumes; volumectl quota audit")
        }
        if quiet { return try Console.result(quota.project) }
        if settings.output == .json { return try Console.result(json: QuotaView(quota, settings)) }
        var table = Table(
            [
                .init(title: "project \(quota.project)"), .init(title: "USED", isNumber: true),
                .init(title: "RESERVED", isNumber: true), .init(title: "LIMIT", isNumber: true),
                .init(title: "FROM"),
            ],
            rows: quota.resources.map { use in
                let isLimitOnly = use.resource == .perVolumeGigabytes
                return [
                    use.resource.name, isLimitOnly ? "-" : use.resource.text(use.recorded.inUse),
                    isLimitOnly ? "-" : use.resource.text(use.recorded.reserved), use.limitText,
                    use.origin(settings).words,
                ]
            }
        )
        table.isBare = noHeaders
        if settings.output == .wide { table.width = nil }
        try Console.result(table.lines)
        if !noHeaders, !quota.reservations.isEmpty {
            let flows = quota.reservations.prefix(5).map(\.shortened).joined(separator: ", ")
            let rest = quota.reservations.count > 5 ? " and \(quota.reservations.count - 5) more" : ""
            try Console.result("reserved by flow \(flows)\(rest)")
        }
    }
}

extension ResourceQuota {
    fileprivate func origin(_ settings: Settings) -> LimitOrigin {
        hasOwnLimit ? .project : .default(of: resource, settings)
    }

    fileprivate var limitText: String { resource.limitText(limit) }
}

extension QuotaResource {
    /// A limit for people; sizes are in bytes.
    fileprivate func limitText(_ limit: Int64?) -> String {
        guard let limit else { return "unlimited" }
        return isSize ? "\(limit / ByteCount.bytesPerGibibyte) GiB" : "\(limit)"
    }
}

/// The origin of a limit.
enum LimitOrigin {
    /// The project's own limit, in the database.
    case project
    /// A file or a variable.
    case configuration(String)
    /// The program's default.
    case builtIn

    /// The origin of the limit of a project without one of its own.
    static func `default`(of resource: QuotaResource, _ settings: Settings) -> LimitOrigin {
        guard resource.type == nil else { return .builtIn }
        let key = resource.name.replacing("_", with: "-")
        let origin = settings.configuration.origin(of: "quota", key)
        return origin == .builtIn ? .builtIn : .configuration("\(origin)")
    }

    /// The kind of the origin, for programs.
    var kind: String {
        switch self {
        case .project: "project"
        case .configuration: "configuration"
        case .builtIn: "built_in"
        }
    }

    /// The origin for people.
    var words: String {
        switch self {
        case .project: "project"
        case .configuration(let place): place
        case .builtIn: "built in"
        }
    }
}

/// A configured limit as JSON. Sizes are in GiB, and an unlimited resource is `null`.
struct DefaultLimitView: Encodable {
    let schema = "volumectl.quota-default/v1"
    let resource: String
    @Nullable var limit: Int64?
    let from: String
    let place: String
    let text: String

    private enum CodingKeys: String, CodingKey { case schema, resource, limit, from, place }

    init(_ resource: QuotaResource, _ settings: Settings) {
        let limits = settings.limits
        let limit: Int64? =
            switch resource {
            case .volumes: limits.volumes.map(Int64.init)
            case .gigabytes: limits.gigabytes
            case .perVolumeGigabytes: limits.perVolumeGigabytes
            case .snapshots: limits.snapshots.map(Int64.init)
            case .groups: limits.groups.map(Int64.init)
            default: nil
            }
        let origin = LimitOrigin.default(of: resource, settings)
        self.resource = resource.name
        _limit = Nullable(wrappedValue: limit)
        (from, place) = (origin.kind, origin.words)
        text = limit.map { "\($0)" + (resource.isSize ? " GiB" : "") } ?? "unlimited"
    }
}

/// A project's quota as JSON. An unlimited resource is `null`.
struct QuotaView: Encodable {
    struct Count: Encodable {
        let inUse: Int64
        let reserved: Int64
        @Nullable var limit: Int64?
        let limitFrom: String
    }
    struct Size: Encodable {
        let inUseBytes: Int64
        let reservedBytes: Int64
        @Nullable var limitGib: Int64?
        let limitFrom: String
    }
    struct OfType: Encodable {
        let type: String
        let volumes: Count
        let gigabytes: Size
        let snapshots: Count
    }

    let schema = "volumectl.quota/v1"
    let project: String
    let volumes: Count
    let gigabytes: Size
    @Nullable var perVolumeLimitGib: Int64?
    let perVolumeLimitFrom: String
    let snapshots: Count
    let groups: Count
    let types: [OfType]
    let reservedBy: [String]

    init(_ quota: QuotaStatus, _ settings: Settings) {
        func use(_ resource: QuotaResource) -> ResourceQuota? { quota.resources.first { $0.resource == resource } }
        func from(_ resource: QuotaResource) -> String {
            (use(resource)?.origin(settings) ?? .default(of: resource, settings)).kind
        }
        func count(_ resource: QuotaResource) -> Count {
            let use = use(resource)
            return Count(
                inUse: use?.recorded.inUse ?? 0,
                reserved: use?.recorded.reserved ?? 0,
                limit: use?.limit,
                limitFrom: from(resource)
            )
        }
        func size(_ resource: QuotaResource) -> Size {
            let use = use(resource)
            return Size(
                inUseBytes: use?.recorded.inUse ?? 0,
                reservedBytes: use?.recorded.reserved ?? 0,
                limitGib: use?.limit.map { $0 / ByteCount.bytesPerGibibyte },
                limitFrom: from(resource)
            )
        }
        project = quota.project
        (volumes, gigabytes, snapshots) = (count(.volumes), size(.gigabytes), count(.snapshots))
        groups = count(.groups)
        _perVolumeLimitGib = Nullable(
            wrappedValue: use(.perVolumeGigabytes)?.limit.map { $0 / ByteCount.bytesPerGibibyte }
        )
        perVolumeLimitFrom = from(.perVolumeGigabytes)
        types = Set(quota.resources.compactMap(\.resource.type)).sorted()
            .map { type in
                OfType(
                    type: type,
                    volumes: count(.volumes.of(type: type)),
                    gigabytes: size(.gigabytes.of(type: type)),
                    snapshots: count(.snapshots.of(type: type))
                )
            }
        reservedBy = quota.reservations.map(\.description)
    }
}
