public import Identity
internal import SQL
internal import SQLStore
public import TaskFlow
public import VolumeAPI
public import VolumeDriver

extension VolumeService {
    /// Returns the volume that `reference` names.
    ///
    /// - Parameter reference: a name, an id, or at least the first four characters of an id. A name takes precedence.
    /// - Throws: `notFound`; `conflict` when several ids begin with `reference`; `storeUnavailable` when its record
    ///   can't be read.
    public func find(_ reference: String) async throws(VolumeError) -> Volume {
        try require(.getVolume, "cannot look at volume \(reference.quoted)")
        let project = project
        let matches: Listing<Volume> = try await read { connection in
            let volumes = VolumeTable(connection: connection)
            if let volume = try volumes.find(named: reference, project: project) { return Listing(readable: [volume]) }
            guard reference.isBeginningOfIdentifier else { return Listing(readable: []) }
            return try volumes.list(project: project, prefix: reference.lowercased(), limit: 5)
        }
        let ids = matches.map(\.id.description) + matches.unreadable.map(\.key)
        guard ids.count <= 1 else {
            throw VolumeError(
                .conflict,
                "\(ids.count) volume ids begin with \(reference.quoted)",
                cause: ids.joined(separator: ", "),
                remedies: ids.prefix(2).map(Remedy.showVolume)
            )
        }
        if let damaged = matches.unreadable.first { throw VolumeError(damaged) }
        return try matches.first.orMissing(reference)
    }

    /// Returns the volume with this complete name or id: for requests that change it.
    ///
    /// - Throws: `notFound`; its cause lists the ids that begin with `reference`.
    public func volume(named reference: String) async throws(VolumeError) -> Volume {
        try require(.getVolume, "cannot look at volume \(reference.quoted)")
        let project = project
        let (found, near): (Volume?, [Volume]) = try await read { connection in
            let volumes = VolumeTable(connection: connection)
            if let volume = try volumes.find(named: reference, project: project) { return (volume, []) }
            guard reference.isBeginningOfIdentifier else { return (nil, []) }
            let matches = try volumes.list(project: project, prefix: reference.lowercased(), limit: 3)
            return (try VolumeID(reference).flatMap { try volumes.find($0, project: project) }, matches.readable)
        }
        if let found { return found }
        throw VolumeError(
            .notFound,
            "there is no volume \(reference.quoted)",
            cause: near.isEmpty
                ? nil
                : "a change needs the complete name or id; ids that begin with this: "
                    + near.map(\.id.description).joined(separator: ", "),
            remedies: near.prefix(2).map { Remedy.showVolume($0.id.description) } + [.listVolumes]
        )
    }

    /// Returns the volume with this id.
    ///
    /// - Throws: `notFound`.
    public func volume(_ id: VolumeID) async throws(VolumeError) -> Volume {
        let project = project
        return try await read { try VolumeTable(connection: $0).find(id, project: project) }
            .orMissing(id.description)
    }

    /// Asks all pools for their status, in the order of the configuration. Pools of other hosts follow, as those last reported
    /// them.
    public func poolStatuses() async throws(VolumeError) -> [PoolStatus] { try await poolStatuses(detailing: nil) }

    private func poolStatuses(detailing detailed: String?) async throws(VolumeError) -> [PoolStatus] {
        try require(.listPools, "cannot look at the pools")
        do {
            let (provisioned, disabled) = try await store.read { connection in
                (
                    try ProvisionedTable(connection: connection).all(),
                    try DisabledPools(in: connection)
                )
            }
            let reports = try await registry.survey(pools, detailing: detailed) + registry.others()
            let space = SharedSpace(reports, provisioned)
            return reports.map { report in
                let own = provisioned[report.name] ?? ProvisionedCapacity()
                return PoolStatus(
                    report: report,
                    provisioned: own,
                    sharesRoomWith: space.others(than: report),
                    provisionedInAll: space.provisioned(with: report, own),
                    disabling: disabled[report.name]
                )
            }
        } catch {
            throw VolumeError(translating: error)
        }
    }

    /// The recorded provisioned capacity of each pool, and the same counted from the volumes; different values mean
    /// that the records are inconsistent.
    package func provisionedCapacity() async throws(VolumeError)
        -> (kept: [String: ProvisionedCapacity], counted: [String: ProvisionedCapacity])
    {
        try await read { connection in
            let kept = try ProvisionedTable(connection: connection).all().filter { $0.value.volumes > 0 }
                .mapValues { ProvisionedCapacity(volumes: $0.volumes, size: $0.size) }
            return (kept, try VolumeTable(connection: connection).provisioned())
        }
    }

    /// Asks a pool for its status, including the space that its volumes really take.
    ///
    /// - Throws: `notFound`.
    public func poolStatus(_ name: String) async throws(VolumeError) -> PoolStatus {
        let full = try await pool(named: name).name
        guard let status = try await poolStatuses(detailing: full).first(where: { $0.report.name == full }) else {
            throw VolumeError(.notFound, "there is no pool \(name.quoted)", remedies: [.listPools])
        }
        return status
    }

    /// Asks the pool's driver for its findings about the pool; empty if the driver has no health check.
    ///
    /// - Throws: `notFound`.
    public func poolHealth(_ name: String) async throws(VolumeError) -> [HealthFinding] {
        // The other hosts report no findings.
        guard case .here(let pool) = try await pool(named: name) else { return [] }
        let known = try await read { try PoolTable(connection: $0).known() }
        do {
            return try await Patience.wait(for: name) {
                let unbound = try await pool.driver()
                let driver = (try? await registry.resolve(pool, known, marking: false))?.0 ?? unbound
                return await (try? driver.healthChecking)?.checkHealth() ?? []
            }
        } catch let error as DriverError {
            return [.failure("pool", error.description, remedy: error.remedy ?? "check its backend by hand")]
        } catch {
            throw VolumeError(translating: error)
        }
    }

    /// Returns a flow and its journal, as far as their records can be read.
    ///
    /// - Parameter reference: an id, or at least its first four characters.
    /// - Throws: `notFound`; `conflict` when several ids begin with `reference`; `storeUnavailable` when its record
    ///   can't be read.
    public func flow(
        _ reference: String
    ) async throws(VolumeError) -> (detail: FlowDetail, journal: Listing<JournalEntry>) {
        try require(.getFlow, "cannot look at flow \(reference.quoted)")
        do {
            let matches =
                reference.isBeginningOfIdentifier
                ? try await store.flows(in: project, startingWith: reference, limit: 5) : Listing(readable: [])
            let ids = matches.map(\.id.description) + matches.unreadable.map(\.key)
            guard ids.count <= 1 else {
                throw VolumeError(
                    .conflict,
                    "\(ids.count) flow ids begin with \(reference.quoted)",
                    cause: ids.joined(separator: ", "),
                    remedies: matches.prefix(2).map { Remedy.showFlow($0.id) } + [.listFlows]
                )
            }
            if let damaged = matches.unreadable.first { throw damaged }
            guard let id = matches.first?.id, let found = try await store.history(of: id) else {
                throw VolumeError(.notFound, "there is no flow \(reference.quoted)", remedies: [.listFlows])
            }
            return found
        } catch let row as UnreadableRow {
            throw await unreadable(row)
        } catch {
            throw VolumeError(translating: error)
        }
    }

    /// The error for a flow with an unreadable record, which can be given up unless the flow has ended well.
    func unreadable(_ row: UnreadableRow) async -> VolumeError {
        let error = VolumeError(row)
        let id = row.key.split(separator: "/").first.flatMap { FlowID(String($0)) }
        guard let id, (try? await store.isOpen(id)) == true else { return error }
        return VolumeError(
            error.code,
            error.message,
            cause: error.cause,
            remedies: [.abandonFlow(id)] + error.remedies,
            flow: id
        )
    }
}

extension VolumeService {
    /// Verifies that the project has this flow.
    ///
    /// - Throws: `notFound`.
    func requireFlow(_ id: FlowID) async throws {
        guard try await store.contains(id, in: project) else { throw VolumeError.noFlow(id) }
    }

    /// Returns a flow and its complete journal.
    ///
    /// - Throws: `notFound`; `storeUnavailable` when a record can't be read.
    public func flow(_ id: FlowID) async throws(VolumeError) -> (detail: FlowDetail, journal: [JournalEntry]) {
        do {
            try await requireFlow(id)
            return try await store.load(id).orMissing(id)
        } catch let row as UnreadableRow {
            throw await unreadable(row)
        } catch {
            throw VolumeError(translating: error)
        }
    }

    /// Returns the flow id that `reference` is in full: for requests that change a flow.
    ///
    /// - Throws: `notFound`; its cause lists the ids that begin with `reference`.
    public func flowID(_ reference: String) async throws(VolumeError) -> FlowID {
        if let id = FlowID(reference) { return id }
        do {
            let near = try await store.flows(
                in: project,
                startingWith: reference.isBeginningOfIdentifier ? reference : "-",
                limit: 2
            )
            throw VolumeError(
                .notFound,
                "there is no flow \(reference.quoted)",
                cause: near.isEmpty
                    ? nil
                    : "a change needs the complete id; ids that begin with this: "
                        + near.map(\.id.description).joined(separator: ", "),
                remedies: near.map { Remedy.showFlow($0.id) } + [.listFlows]
            )
        } catch {
            throw VolumeError(translating: error)
        }
    }
}

extension String {
    /// Whether the text can be the beginning of an identifier, at least four characters.
    var isBeginningOfIdentifier: Bool {
        (4...36).contains(utf8.count)
            && utf8.allSatisfy { ($0 | 0x20) >= 0x61 && ($0 | 0x20) <= 0x66 || $0 >= 0x30 && $0 <= 0x39 || $0 == 0x2D }
    }
}
