internal import FoundationEssentials
internal import Identity
internal import SQL
internal import SQLStore
public import VolumeAPI
internal import VolumeDriver

extension VolumeService {
    /// Returns what ``claimPool(_:control:)`` would do, without changing anything.
    ///
    /// - Throws: ``VolumeError``: `notFound`; `conflict` when the location is that of another configured pool;
    ///   `driverFailed` when the pool can't be asked, or its driver can't mark it; `timedOut`; `cancelled`.
    public func poolClaim(
        _ name: String,
        control: RequestControl = RequestControl()
    ) async throws(VolumeError) -> PoolClaim {
        let pool = try await poolHere(name, "cannot claim pool \(name.quoted)", Remedy.claimPool)
        do {
            return try await Abortable(control, "claim pool \(name.quoted)").run { _ in try await poolClaim(pool) }
        } catch {
            throw VolumeError(translating: error)
        }
    }

    private func poolClaim(_ pool: Pool) async throws(VolumeError) -> PoolClaim {
        let name = pool.name
        do {
            let driver = try await pool.driver().marking
            let mark = try await driver.poolID()
            let held = Set(try await driver.list().map(\.id))
            let known = try await store.read { try PoolTable(connection: $0).list() }
            let other = known.first { $0.id == mark && $0.name != name }
            if let other, pools.contains(where: { $0.name == other.name }) {
                throw VolumeError.samePlace(name, as: other.name)
            }
            if let other, let host = registry.otherHost(of: other.name) {
                try await requireGone(host, whose: other.name, name)
            }
            let names = [name] + (other.map { [$0.name] } ?? [])
            let recorded = try await store.read { connection in
                Set(try names.flatMap { try VolumeTable(connection: connection).volumes(in: $0).keys })
            }
            return PoolClaim(
                pool: name,
                mark: mark,
                knownMark: known.first { $0.name == name }?.id,
                formerName: other?.name,
                recorded: recorded.count,
                present: recorded.intersection(held).count,
                unknown: held.subtracting(recorded).count
            )
        } catch {
            throw VolumeError(translating: error)
        }
    }

    /// Makes sure that the host whose pool is at this location serves it no more, such as one whose disks have moved here.
    private func requireGone(_ host: String, whose other: String, _ name: String) async throws {
        let worker = try await knownHosts().first { $0.name == host }
        guard let worker, worker.state == .up else { return }
        throw VolumeError(DriverError.served(name, as: other, by: host), .conflict)
    }

    /// Identifies the pool by the mark that its location has now, from now on; marks it if it has none. A pool that the
    /// database knows under another name, which is no longer configured, is renamed together with its volumes' records.
    ///
    /// - Throws: what ``poolClaim(_:control:)`` throws. After `timedOut` and `cancelled` the location may have a mark
    ///   that the database does not record.
    public func claimPool(
        _ name: String,
        control: RequestControl = RequestControl()
    ) async throws(VolumeError) -> PoolClaim {
        try require(.updatePool, "pool \(name.quoted) was not claimed", instead: .showPool(name))
        let pool = try await poolHere(name, "pool \(name.quoted) was not claimed", Remedy.claimPool)
        do {
            return try await Abortable(control, "claim pool \(name.quoted)")
                .run { decide in
                    let claim = try await poolClaim(pool)
                    var mark = claim.mark ?? .random()
                    let driver = try await pool.driver().marking
                    if SQLStore.rehearsal == nil { mark = try await driver.markPool(as: mark) }
                    try await store.transact { [mark] transaction in
                        try decide()
                        try record(claim, of: pool, as: mark, in: transaction)
                    }
                    return claim
                }
        } catch {
            throw VolumeError(translating: error)
        }
    }

    private func record(_ claim: PoolClaim, of pool: Pool, as mark: PoolID, in transaction: SQLTransaction) throws {
        let (table, name) = (PoolTable(connection: transaction.connection), pool.name)
        if let formerName = claim.formerName {
            try table.rename(formerName, to: name)
            try PoolStateTable(connection: transaction.connection).rename(formerName, to: name)
            try VolumeTable(connection: transaction.connection).move(allIn: formerName, to: name)
        } else {
            if let other = try table.list().first(where: { $0.id == mark && $0.name != name }) {
                throw VolumeError.samePlace(name, as: other.name)
            }
            try table.replace(name, as: mark, kind: pool.kind, at: Date())
        }
        guard claim.knownMark != mark else { return }
        let event = Event("pool.claim", of: name, by: scope) { payload in
            payload.host = name
            payload.metadata = ["mark": mark.description]
            payload.metadata?["former_mark"] = claim.knownMark?.description
            payload.metadata?["former_name"] = claim.formerName
        }
        try EventTable(connection: transaction.connection).insert(event)
    }
}

extension VolumeError {
    fileprivate static func samePlace(_ name: String, as other: String) -> VolumeError {
        VolumeError(DriverError.samePlace(name, as: other), .conflict)
    }

    fileprivate init(_ error: DriverError, _ code: Code) {
        self.init(code, error.message, cause: error.cause, remedies: Remedy.list(error) + [.listPools])
    }
}
