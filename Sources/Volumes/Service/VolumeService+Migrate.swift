internal import FoundationEssentials
internal import Identity
internal import SQL
internal import SQLStore
internal import TaskFlow
public import VolumeAPI
internal import VolumeDriver

extension VolumeService {
    /// Moves a volume to another pool (`cinder: migrate`). Returns when it is there, unless `control` says otherwise.
    ///
    /// Its content is copied and compared before the old object is removed; the volume can't be used meanwhile. Succeeds without
    /// a flow if the volume is in that pool already. Waits first for a migration that is running.
    ///
    /// - Parameter reference: a complete name or id.
    /// - Throws: ``VolumeError``: `notPermitted` unless the user is an admin; `notFound`; `conflict` unless the volume is available
    ///   and without snapshots, or if a pool's driver can't copy volumes, or the pool can't have a volume of its exact size;
    ///   `noValidPool`; `driverFailed` if the volume is where it was; `revertIncomplete`.
    @discardableResult
    public func migrate(
        _ reference: String,
        to pool: String,
        control: RequestControl = RequestControl()
    ) async throws(VolumeError) -> Volume {
        var volume = try await volume(named: reference)
        let subject = "migrate volume \"\(volume.label)\""
        try require(.migrateVolume, "cannot \(subject)", instead: .showVolume(volume.label))
        let target = try await self.pool(named: pool).name
        while volume.status == .migrating, control.waits {
            try await finish(of: volume, control)
            volume = try await self.volume(volume.id)
        }
        guard volume.pool != target || volume.status != .available else { return volume }
        var specs = try await extraSpecs(of: volume.type, for: nil, to: subject)
        if volume.attributes.isMultiattach { specs = (specs ?? ExtraSpecs(values: [:])).demandingMultiattach }
        return try await move(volume, to: target, specs, control)
    }

    /// Gives a volume another type (`cinder: retype`). Returns when it has the type, unless `control` says otherwise.
    ///
    /// A volume whose pool has what the type demands stays there. Any other is moved to the best pool that has, if `migrating`.
    ///
    /// - Parameter reference: a complete name or id.
    /// - Throws: ``VolumeError``: `notFound`; `invalidInput` if no volume of the type has this size; `conflict` if the volume has
    ///   to be moved and must not be, or can't be changed now; what ``migrate(_:to:control:)`` throws.
    @discardableResult
    public func retype(
        _ reference: String,
        to type: String,
        migrating: Bool = false,
        control: RequestControl = RequestControl()
    ) async throws(VolumeError) -> Volume {
        let volume = try await volume(named: reference)
        let subject = "retype volume \"\(volume.label)\" to \(type.quoted)"
        try require(.retypeVolume, "cannot \(subject)", instead: .showVolume(volume.label))
        guard volume.type != type else { return volume }
        let specs =
            try await extraSpecs(of: type, for: volume.size, usedBy: project, to: subject) ?? ExtraSpecs(values: [:])
        if specs.isMultiattach, !volume.attributes.isMultiattach {
            try require(.createMultiattach, "cannot \(subject)", instead: .showVolume(volume.label))
        }
        if let group = volume.group {
            try await read { try GroupTable(connection: $0).find(group) }?.requireType(type, to: subject)
        }
        guard let pool = volume.pool, volume.status == .available || volume.status == .inUse else {
            throw VolumeError(
                .conflict,
                "cannot \(subject): it is \(volume.status.rawValue)",
                remedies: volume.wayOut + [.showVolume(volume.label)]
            )
        }
        let verdicts = try await judge(volume, specs, to: subject, control)
        guard let present = verdicts.first(where: { $0.report.name == pool }) else {
            try await requireServed(pool, "cannot \(subject)")
            return volume
        }
        guard let obstacle = present.obstacle else { return try await retype(volume, to: type) }
        guard migrating else {
            throw VolumeError(
                .conflict,
                "cannot \(subject): its pool \(pool.quoted) does not have what the type demands",
                cause: obstacle,
                remedies: [.retypeVolume(volume.label, to: type), .showType(type)]
            )
        }
        guard let best = verdicts.first(where: { $0.verdict.decision == .chosen }) else {
            throw VolumeError(
                .noValidPool,
                "cannot \(subject): no pool can take it",
                remedies: [.showType(type), .listPools],
                verdicts: verdicts.map(\.verdict)
            )
        }
        return try await move(volume, to: best.report.name, specs, newType: type, control)
    }

    private struct Judgement {
        let report: PoolReport
        let verdict: PoolVerdict
        /// The reason why the pool does not suit the type; `nil` if it does.
        let obstacle: String?
    }

    /// The judgement on each pool, of which at most one other than the volume's own is chosen.
    private func judge(
        _ volume: Volume,
        _ specs: ExtraSpecs,
        to subject: String,
        _ control: RequestControl
    ) async throws(VolumeError) -> [Judgement] {
        do {
            return try await Abortable(control, subject)
                .run { _ in
                    let reports = try await registry.survey(pools) + registry.others()
                    let (provisioned, disabled) = try await store.read { connection in
                        (
                            try ProvisionedTable(connection: connection).all(),
                            try DisabledPools(in: connection)
                        )
                    }
                    let own = PoolAttempt(
                        pool: volume.pool ?? "",
                        error: DriverError(.refused, "the volume is in it now")
                    )
                    let verdicts = registry.scheduler
                        .judge(
                            reports,
                            provisioned: provisioned,
                            for: Scheduler.Request(
                                size: .exactly(volume.size),
                                pool: nil,
                                extraSpecs: specs,
                                tried: [own],
                                disabled: disabled,
                                zones: specs.zones
                            )
                        )
                    return zip(reports, verdicts)
                        .map { report, verdict in
                            let down = report.problem.map { "it is down: \($0)" }
                            var log = FilterLog(isRead: true)
                            let isInZone = AvailabilityZoneFilter(zones: specs.zones).passes(report, &log)
                            let elsewhere = isInZone ? nil : log.checks.last.map { "the type \($0.compared)" }
                            let obstacle = down ?? elsewhere ?? specs.unmet(in: report.offered)?.description
                            return Judgement(report: report, verdict: verdict, obstacle: obstacle)
                        }
                }
        } catch {
            throw VolumeError(translating: error)
        }
    }

    private func retype(_ volume: Volume, to type: String) async throws(VolumeError) -> Volume {
        try await transact { [limits, scope] transaction in
            let volumes = VolumeTable(connection: transaction.connection)
            let now = try volumes.find(volume.id).orMissing(volume.label)
            guard now.pool == volume.pool, now.size == volume.size, now.type == volume.type,
                [.available, .inUse].contains(now.status)
            else { throw VolumeError.taken(now) }
            try transaction.requireType(type, for: now, within: limits)
            try transaction.retype(now, to: type)
            let changed = try volumes.find(volume.id).orMissing(volume.label)
            try EventTable(connection: transaction.connection).insert(Event("volume.retype", changed, by: scope))
            return changed
        }
    }

    private func move(
        _ volume: Volume,
        to target: String,
        _ specs: ExtraSpecs?,
        newType: String? = nil,
        _ control: RequestControl
    ) async throws(VolumeError) -> Volume {
        let headline = try catalog.migrate.operation.headline(volume.label)
        guard let source = volume.pool, !volume.status.hasFailed else {
            throw VolumeError.wrongStatus(volume, for: .migrating)
        }
        let hosts = Set([source, target].compactMap { PoolName($0).host })
        guard hosts.count <= 1 else {
            throw VolumeError(
                .conflict,
                "\(headline): the pools \(source.quoted) and \(target.quoted) are on different hosts",
                cause: "the content is copied on one host, which has to reach both pools",
                remedies: [
                    .advice("move it by way of a pool that all hosts reach, or save it as an image there"), .listPools,
                ]
            )
        }
        for pool in [source, target] { try await requireFeature(.image, of: pool, headline) }
        do {
            try await store.read { try VolumeTable(connection: $0).requireMigratable(volume) }
            try store.requireRoom()
        } catch {
            throw VolumeError(translating: error).beforeAnything
        }
        try await tellingOfTransfers.run(
            catalog.migrate,
            MigrateVolumeRequest(
                volume: volume.id,
                project: project,
                source: source,
                pool: target,
                actualSize: volume.size,
                newType: newType,
                extraSpecs: specs,
                label: volume.label
            ),
            subject: volume.label,
            control: control
        )
        return try await self.volume(volume.id)
    }

    /// Goes on with a migration that failed and could not be undone: a volume that has not moved gets rid of its second object
    /// by the reverts, and one that has moved gets rid of its old one.
    func retryMigration(
        _ flow: FlowDetail,
        _ request: MigrateVolumeRequest,
        _ control: RequestControl
    ) async throws {
        let volume = try await volume(request.volume)
        guard volume.flow == flow.id, volume.status == .errorMigrating else { throw VolumeError.taken(volume) }
        let operation = try catalog.migrate.operation
        guard volume.pool == request.pool else {
            guard let ended = try await revertAgain(flow.id, operation, control), ended.state == .failure else {
                return
            }
            throw failure(of: ended, headline: operation.headline(volume.label))
        }
        try await Abortable(control, "remove the old object of volume \"\(volume.label)\"")
            .run { decide in
                if let rehearsal = SQLStore.rehearsal { throw rehearsal.ends(.resumes(flow.id)) }
                do {
                    try await registry.driver(of: request.source).removeObject(of: volume.id, from: request.source)
                } catch let error as DriverError {
                    throw VolumeError(
                        .revertIncomplete,
                        "the old object of volume \"\(volume.label)\" was not removed: \(error.message)",
                        cause: error.cause,
                        aftermath: error.leftBehind.map { "LEFT BEHIND: \($0)" }
                            ?? "it is not known what is left of it",
                        remedies: Remedy.list(error) + [.retryFlow(flow.id), .showFlow(flow.id)],
                        flow: flow.id
                    )
                }
                try await store.transact { transaction in
                    try decide()
                    let volumes = VolumeTable(connection: transaction.connection)
                    let now = try volumes.find(volume.id).orMissing(volume.label)
                    guard now.flow == flow.id, now.status == .errorMigrating else { throw VolumeError.taken(now) }
                    try volumes.dropClaim(of: now.id)
                    try volumes.move(now, to: .available, flow: flow.id, at: Date())
                    try transaction.resolveFailures(
                        of: flow.name,
                        mentioning: "\"volume\":\"\(volume.id)\"",
                        note: "resolved by a retry, which removed the old object"
                    )
                }
            }
    }
}
