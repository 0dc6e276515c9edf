internal import FoundationEssentials
internal import Identity
internal import SQL
internal import SQLStore
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// The configured pools, each identified by the mark that the database has for it.
///
/// A path does not identify a pool: with a file system that is not mounted, or a mistyped path, it leads to another
/// pool or an empty directory. Therefore a pool is marked before its first volume, the database stores the mark, and
/// volumes are only accessed through a driver that is bound to the mark. Pools whose drivers can't mark are used
/// without one.
struct PoolRegistry: Sendable {
    let pools: [Pool]
    let store: SQLStore
    /// Chooses a pool for a new volume.
    var scheduler = Scheduler()
    /// The host that serves these pools; `nil` if the database has no hosts.
    var host: HostOptions?

    /// Returns the driver of a volume's pool, bound to the pool's mark.
    ///
    /// - Parameter marking: whether to mark a pool that the database knows without a mark.
    /// - Throws: ``DriverError``: `unavailable` when the pool is not configured; `foreignPool`; what the store throws.
    func driver(of name: String, marking: Bool = true) async throws -> any VolumeDriver {
        let pool = try configured(name)
        let known = try await store.read { try PoolTable(connection: $0).known() }
        let (driver, mark) = try await resolve(pool, known, marking: marking)
        if marking, let mark, known.mark(of: name) == nil {
            let isKnown = try await store.transact(under: [.marks]) { transaction in
                let pools = PoolTable(connection: transaction.connection)
                var known = try pools.known()
                return try pools.register(name, as: mark, kind: pool.kind, at: Date(), among: &known)
            }
            guard isKnown else { throw DriverError.claimedMeanwhile(name) }
        }
        return driver
    }

    /// Asks pools for their capacity, concurrently, each within the limits of ``Patience``. A pool that does not
    /// answer, or has another pool's mark, is reported as down.
    ///
    /// - Parameters:
    ///   - marking: whether to mark pools that have no mark and that the database does not know.
    ///   - askingDisabled: whether to ask disabled pools, too; else they are reported without, because their backends may
    ///     be under maintenance.
    ///   - detailed: the name of a pool to ask for the space that volumes really take.
    /// - Throws: `CancellationError`; what the store throws.
    func survey(
        _ candidates: [Pool],
        marking: Bool = false,
        askingDisabled: Bool = true,
        detailing detailed: String? = nil
    ) async throws -> [PoolReport] {
        let (known, disabled) = try await store.read { connection in
            let known = try PoolTable(connection: connection).fetchKnown()
            let disabled = askingDisabled ? DisabledPools() : try DisabledPools(in: connection)
            return (try known.value(), disabled)
        }
        let answers = await Patience.wait(forEach: candidates) { pool in
            if let disabling = disabled[pool.name] { throw DriverError(.unavailable, disabling.description) }
            let (driver, mark) = try await resolve(pool, known, marking: marking)
            return await pool.report(by: driver, mark: mark, inDetail: pool.name == detailed)
        }
        // A query that was cut short by this task's cancellation says nothing about the pool.
        try Task.checkCancellation()
        var names: [PoolID: String] = [:]
        return try zip(candidates, answers)
            .map { pool, answer in
                do {
                    let report = try answer.get()
                    guard let mark = report.mark else { return report }
                    if let other = names[mark] { return pool.report(failing: .samePlace(pool.name, as: other)) }
                    names[mark] = pool.name
                    return report
                } catch let error as DriverError {
                    return pool.report(failing: error)
                }
            }
    }

    /// Asks the pools that may get a new volume for their capacity.
    ///
    /// Pools of other hosts are as those last reported them.
    ///
    /// - Parameter name: the only candidate; `nil` for all pools.
    func candidates(_ name: String?, marking: Bool, askingDisabled: Bool = false) async throws -> [PoolReport] {
        try await survey(
            pools.filter { name == nil || name == $0.name },
            marking: marking,
            askingDisabled: askingDisabled
        ) + others(name)
    }

    /// Returns why a pool can't be used now, if the reason is that it does not answer.
    func silence(of name: String) async throws -> DriverError? {
        guard let pool = try? configured(name) else { return nil }
        do {
            _ = try await Patience.wait(for: name) { try await pool.driver().capacity() }
        } catch let error as DriverError {
            return error.code == .timedOut ? error : nil
        }
        return nil
    }

    /// Returns the pool's driver, bound to the pool's mark, and the mark; an unbound driver if the pool has no mark
    /// yet.
    func resolve(_ pool: Pool, _ known: KnownPools, marking: Bool) async throws -> (any VolumeDriver, PoolID?) {
        let unbound = try await pool.driver()
        if let id = known.mark(of: pool.name) {
            guard let driver = unbound as? any MarkingDriver else {
                throw DriverError.unmarkable(pool, known: id)
            }
            return (driver.bound(to: id), id)
        }
        if let row = known.unreadable(pool.name) { throw DriverError.unreadable(row) }
        guard unbound.features.contains(.mark), let driver = unbound as? any MarkingDriver else {
            return (unbound, nil)
        }
        let found = try await driver.poolID()
        if let found, let other = known.name(of: found) {
            if pools.contains(where: { $0.name == other }) { throw DriverError.samePlace(pool.name, as: other) }
            throw otherHost(of: other).map { DriverError.served(pool.name, as: other, by: $0) }
                ?? DriverError.renamed(pool.name, from: other)
        }
        try await examine(pool, unbound)
        if marking, SQLStore.rehearsal == nil {
            let mark = try await driver.markPool(as: found ?? .random())
            return (driver.bound(to: mark), mark)
        }
        return (found.map { driver.bound(to: $0) } ?? driver, found)
    }

    /// Verifies that a pool without a recorded mark holds no volumes but those that the database records in it.
    private func examine(_ pool: Pool, _ driver: any VolumeDriver) async throws {
        let held = Set(try await driver.list().map(\.id))
        let recorded = try await store.read { try VolumeTable(connection: $0).volumes(in: pool.name) }
        let made = Set(recorded.filter(\.value).keys)
        guard made.isEmpty else {
            // A pool of a version that did not mark pools.
            guard made.isDisjoint(with: held) else { return }
            throw DriverError.empty(pool.name, volumes: made.count)
        }
        let strangers = held.subtracting(recorded.keys).count
        if strangers > 0 { throw DriverError.inUse(pool.name, volumes: strangers) }
    }

    /// - Throws: `unavailable` when no pool has this name.
    func configured(_ name: String) throws(DriverError) -> Pool {
        guard let pool = pools.first(where: { $0.name == name }) else {
            if let host = otherHost(of: name) { throw DriverError.elsewhere(name, on: host) }
            throw DriverError(
                .unavailable,
                "pool \"\(name)\" is not configured",
                cause: "the configured pools are \(pools.map(\.name).joined(separator: ", "))",
                remedy: "add pool \"\(name)\" to the configuration"
            )
        }
        return pool
    }
}

extension DriverError {
    fileprivate static func unmarkable(_ pool: Pool, known id: PoolID) -> DriverError {
        DriverError(
            .foreignPool,
            "cannot determine whether this is pool \"\(pool.name)\"",
            cause: "the pool is known by the mark '\(id)', and driver '\(pool.kind)' does not support marks",
            remedy: "correct the pool's driver in the configuration"
        )
    }

    fileprivate static func unreadable(_ row: UnreadableRow) -> DriverError {
        DriverError(
            .foreignPool,
            "cannot determine whether this is pool \"\(row.key)\"",
            cause: "its record in the database can't be read: \(row.reason)",
            serviceRemedy: .claimPool(row.key)
        )
    }

    static func samePlace(_ name: String, as other: String) -> DriverError {
        DriverError(
            .foreignPool,
            "pool \"\(name)\" is the same place as pool \"\(other)\"",
            cause: "both have the same mark",
            remedy: "give each pool a place of its own in the configuration, or leave one out"
        )
    }

    fileprivate static func renamed(_ name: String, from other: String) -> DriverError {
        DriverError(
            .foreignPool,
            "pool \"\(name)\" is known to the database as \"\(other)\"",
            cause: "its mark is that of pool \"\(other)\", which is no longer configured",
            remedy: "name it \"\(other)\" again in the configuration",
            serviceRemedy: .claimPool(name)
        )
    }

    fileprivate static func inUse(_ name: String, volumes: Int) -> DriverError {
        DriverError(
            .foreignPool,
            "pool \"\(name)\" holds \(volumes.of("volume")) that this database does not record",
            cause: "another database uses the pool, or this database is new",
            serviceRemedy: .claimPool(name)
        )
    }

    fileprivate static func empty(_ name: String, volumes: Int) -> DriverError {
        DriverError(
            .foreignPool,
            "pool \"\(name)\" has none of its \(volumes.of("volume"))",
            cause: "its file system may not be mounted, or its path may be mistyped",
            remedy: "mount the file system, or correct the path in the configuration"
        )
    }

    static func claimedMeanwhile(_ name: String) -> DriverError {
        DriverError(.foreignPool, "pool \"\(name)\" got another mark meanwhile", serviceRemedy: .showPool(name))
    }
}
