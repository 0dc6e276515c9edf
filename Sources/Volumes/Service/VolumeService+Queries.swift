public import Identity
internal import SQL
internal import SQLStore
public import TaskFlow
public import VolumeAPI
public import VolumeDriver

extension VolumeService {
    /// The volume that `reference` stands for.
    ///
    /// - Parameter reference: a name, an id, or at least four characters of the beginning of an id. A name comes first.
    /// - Throws: `notFound`; `conflict` when several ids begin like that; `storeUnavailable` when its record can't be read.
    public func find(_ reference: String) async throws(VolumeError) -> Volume {
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
                "\(ids.count) volumes' ids begin with \(reference.quoted)",
                cause: ids.joined(separator: ", "),
                remedies: ids.prefix(2).map(Remedy.showVolume)
            )
        }
        if let damaged = matches.unreadable.first { throw VolumeError(damaged) }
        return try matches.first.orMissing(reference)
    }

    /// The volume of this name or id, both whole: for whatever changes it.
    ///
    /// - Throws: `notFound`; its cause names the ids that begin like `reference`.
    public func volume(named reference: String) async throws(VolumeError) -> Volume {
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
                : "to change a volume, write its whole name or id; ids that begin like that: "
                    + near.map(\.id.description).joined(separator: ", "),
            remedies: near.prefix(2).map { Remedy.showVolume($0.id.description) } + [.listVolumes]
        )
    }

    /// The volume with this id.
    ///
    /// - Throws: `notFound`.
    public func volume(_ id: VolumeID) async throws(VolumeError) -> Volume {
        let project = project
        return try await read { try VolumeTable(connection: $0).find(id, project: project) }
            .orMissing(id.description)
    }

    /// The pools, in the order of the configuration, each asked now.
    public func poolStatuses() async throws(VolumeError) -> [PoolStatus] { try await poolStatuses(detailing: nil) }

    private func poolStatuses(detailing detailed: String?) async throws(VolumeError) -> [PoolStatus] {
        do {
            let provisioned = try await store.read { try ProvisionedTable(connection: $0).all() }
            let reports = try await registry.survey(pools, detailing: detailed)
            return reports.map { report in
                PoolStatus(
                    report: report,
                    provisioned: provisioned[report.name] ?? ProvisionedCapacity(),
                    sharesRoomWith: report.sharing(among: reports, provisioned)
                )
            }
        } catch {
            throw VolumeError(translating: error)
        }
    }

    /// The provisioned capacity of each pool as it is kept, and as it is counted from the volumes: the same, or something is
    /// wrong.
    package func provisionedCapacity() async throws(VolumeError)
        -> (kept: [String: ProvisionedCapacity], counted: [String: ProvisionedCapacity])
    {
        try await read { connection in
            let kept = try ProvisionedTable(connection: connection).all().filter { $0.value.volumes > 0 }
                .mapValues { ProvisionedCapacity(volumes: $0.volumes, size: $0.size) }
            return (kept, try VolumeTable(connection: connection).provisioned())
        }
    }

    /// The pool named `name`, asked now, with what its volumes really take.
    ///
    /// - Throws: `notFound`.
    public func poolStatus(_ name: String) async throws(VolumeError) -> PoolStatus {
        let pool = try configuredPool(name)
        guard let status = try await poolStatuses(detailing: name).first(where: { $0.report.name == pool.name }) else {
            throw VolumeError(.notFound, "there is no pool \(name.quoted)", remedies: [.listPools])
        }
        return status
    }

    /// What the pool's driver has found out about it, asked now; nothing if it can't.
    ///
    /// - Throws: `notFound`.
    public func poolHealth(_ name: String) async throws(VolumeError) -> [HealthFinding] {
        let pool = try configuredPool(name)
        let known = try await read { try PoolTable(connection: $0).list() }
        do {
            return try await Patience.wait(for: name) {
                let unbound = try await pool.driver()
                let driver = (try? await registry.resolve(pool, known, marking: false))?.0 ?? unbound
                return await (try? driver.healthChecking)?.checkHealth() ?? []
            }
        } catch let error as DriverError {
            return [.failure("pool", error.description, remedy: error.remedy ?? "look at its backend by hand")]
        } catch {
            throw VolumeError(translating: error)
        }
    }

    func configuredPool(_ name: String) throws(VolumeError) -> Pool {
        guard let pool = pools.first(where: { $0.name == name }) else {
            throw VolumeError(
                .notFound,
                "there is no pool \(name.quoted)",
                cause: "the configured pools are \(pools.map(\.name).joined(separator: ", "))",
                remedies: [.listPools]
            )
        }
        return pool
    }

    /// A flow and what has happened in it, as far as that can be read.
    ///
    /// - Parameter reference: an id, or at least four characters of its beginning.
    /// - Throws: `notFound`; `conflict` when several ids begin like that; `storeUnavailable` when its record can't be read.
    public func flow(
        _ reference: String
    ) async throws(VolumeError) -> (detail: FlowDetail, journal: Listing<JournalEntry>) {
        do {
            let matches =
                reference.isBeginningOfIdentifier
                ? try await store.flows(in: project, startingWith: reference, limit: 5) : Listing(readable: [])
            let ids = matches.map(\.id.description) + matches.unreadable.map(\.key)
            guard ids.count <= 1 else {
                throw VolumeError(
                    .conflict,
                    "\(ids.count) flows' ids begin with \(reference.quoted)",
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

    /// That a record of a flow can't be read; it can be given up unless it has ended well.
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
    /// Makes sure that there is such a flow in the project.
    ///
    /// - Throws: `notFound`.
    func requireFlow(_ id: FlowID) async throws {
        guard try await store.contains(id, in: project) else { throw VolumeError.noFlow(id) }
    }

    /// A flow and all that has happened in it.
    ///
    /// - Throws: `notFound`.
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

    /// The id that `reference` is, whole: for whatever changes a flow.
    ///
    /// - Throws: `notFound`; its remedies look at what the beginning of an id may have meant.
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
                    : "to change a flow, write its whole id; ids that begin like that: "
                        + near.map(\.id.description).joined(separator: ", "),
                remedies: near.map { Remedy.showFlow($0.id) } + [.listFlows]
            )
        } catch {
            throw VolumeError(translating: error)
        }
    }
}

extension String {
    /// Whether an identifier could begin like this, and be told from others: four of its characters at least.
    fileprivate var isBeginningOfIdentifier: Bool {
        (4...36).contains(utf8.count)
            && utf8.allSatisfy { ($0 | 0x20) >= 0x61 && ($0 | 0x20) <= 0x66 || $0 >= 0x30 && $0 <= 0x39 || $0 == 0x2D }
    }
}
