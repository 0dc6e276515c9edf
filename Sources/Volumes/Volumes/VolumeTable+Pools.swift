internal import Identity
internal import SQL
internal import SQLStore
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// Statements that change a volume's pool or its size there, and with it the pool's provisioned capacity.
extension VolumeTable {
    private var capacity: ProvisionedTable { ProvisionedTable(connection: connection) }

    /// Places a volume without a pool in a pool, with the size that it gets there.
    ///
    /// - Throws: `notFound` when there is no such volume, or it has a pool.
    func place(_ id: VolumeID, in pool: String, size: ByteCount, as status: VolumeStatus = .creating) throws {
        try connection.writeRow(
            "UPDATE volume SET pool = ?, size = ?, status = ? WHERE id = ? AND pool IS NULL",
            pool,
            size.bytes,
            status,
            id,
            orThrow: VolumeError.notPlaced(id)
        )
        try capacity.add(size, to: pool)
    }

    /// Takes a volume of `size` out of its pool and restores its previous size.
    ///
    /// - Throws: `notFound` when the pool has no such volume of this size.
    func displace(_ id: VolumeID, from pool: String, size: ByteCount, to oldSize: ByteCount) throws {
        try connection.writeRow(
            "UPDATE volume SET pool = NULL, size = ?, status = ? WHERE id = ? AND pool = ? AND size = ?",
            oldSize.bytes,
            VolumeStatus.creating,
            id,
            pool,
            size.bytes,
            orThrow: VolumeError.notPlaced(id)
        )
        try capacity.remove(size, from: pool)
    }

    /// Changes the size of a volume that has a pool.
    ///
    /// - Throws: `notFound` if no volume with this id has a pool and size `oldSize`.
    func resize(_ id: VolumeID, from oldSize: ByteCount, to size: ByteCount) throws {
        let pools = try connection.query(
            "UPDATE volume SET size = ? WHERE id = ? AND size = ? AND pool IS NOT NULL RETURNING pool",
            size.bytes,
            id,
            oldSize.bytes
        )
        guard let pool: String = try pools.first?(0) else { throw VolumeError.notPlaced(id) }
        try capacity.change(by: size.bytes - oldSize.bytes, in: pool)
    }

    /// Checks that nobody else changes the volume as long as the transaction does.
    ///
    /// - Throws: `notFound` when it has been given to another project than those whose keys are held.
    func requireOurs(_ volume: Volume) throws {
        let isOurs = connection.heldKeys.contains(.project(volume.project))
        _ = try (isOurs ? volume : nil).orMissing(volume.id.description)
    }

    /// Removes the volume's row, if there is one.
    func remove(_ id: VolumeID) throws {
        let rows = try connection.query("DELETE FROM volume WHERE id = ? RETURNING pool, size, other_pool", id)
        for row in rows {
            let pools = [try row(0, as: String?.self), try row(2, as: String?.self)].compactMap(\.self)
            // Those who write the records of several pools come one after the other.
            if pools.count > 1 { try connection.lock([.marks]) }
            for pool in pools {
                try capacity.remove(ByteCount(bytes: try row(1)) ?? .zero, from: pool)
            }
        }
    }

    /// Claims room in a second pool for a volume that is moved there.
    ///
    /// - Throws: `notFound` when the volume has no pool, or a second one already.
    func claim(_ volume: Volume, in otherPool: String) throws {
        try connection.writeRow(
            "UPDATE volume SET other_pool = ? WHERE id = ? AND pool IS NOT NULL AND other_pool IS NULL",
            otherPool,
            volume.id,
            orThrow: VolumeError.notPlaced(volume.id)
        )
        try capacity.add(volume.size, to: otherPool)
    }

    /// Gives up the room in a volume's second pool, if it has one.
    func dropClaim(of id: VolumeID) throws {
        let rows = try connection.query(
            "SELECT other_pool, size FROM volume WHERE id = ? AND other_pool IS NOT NULL",
            id
        )
        for row in rows {
            try capacity.remove(ByteCount(bytes: try row(1)) ?? .zero, from: try row(0))
            try connection.write("UPDATE volume SET other_pool = NULL WHERE id = ?", id)
        }
    }

    /// Exchanges a volume's pool and its second pool.
    ///
    /// - Throws: `notFound` when they are others.
    func switchPools(of id: VolumeID, from pool: String, to otherPool: String) throws {
        try connection.writeRow(
            "UPDATE volume SET pool = ?, other_pool = ? WHERE id = ? AND pool = ? AND other_pool = ?",
            otherPool,
            pool,
            id,
            pool,
            otherPool,
            orThrow: VolumeError.notPlaced(id)
        )
    }

    /// Gives a volume another type, or none.
    func change(_ volume: Volume, type: String?, isMultiattach: Bool) throws {
        try connection.write(
            "UPDATE volume SET type = ?, is_multiattach = ? WHERE id = ?",
            type,
            isMultiattach ? 1 : 0,
            volume.id
        )
    }

    /// The volumes in a pool, each with whether its creation has finished. Rows with unreadable ids are left out.
    func volumes(in pool: String) throws -> [VolumeID: Bool] {
        let rows = try connection.query(
            "SELECT id, CASE WHEN status IN (?, ?) THEN 0 ELSE 1 END FROM volume WHERE pool = ? "
                + "UNION ALL SELECT id, 0 FROM volume WHERE other_pool = ?",
            VolumeStatus.creating,
            VolumeStatus.downloading,
            pool,
            pool
        )
        let volumes = rows.decoded(of: "volume") { (try $0(0, as: VolumeID.self), try $0(1) == 1) }
        return Dictionary(volumes.map { ($0.0, $0.1) }) { first, _ in first }
    }

    /// The names or ids of a project's volumes in a pool, oldest first.
    func labels(in pool: String, project: String, limit: Int) throws -> [String] {
        try connection.query(
            "SELECT COALESCE(name, id) FROM volume WHERE pool = ? AND project = ? ORDER BY number LIMIT ?",
            pool,
            project,
            limit
        )
        .map { try $0(0) }
    }

    /// The pools of volumes; a volume that does not exist or has no pool is left out.
    func pools(of volumes: [VolumeID]) throws -> [VolumeID: String] {
        try volumes.reduce(into: [:]) { pools, id in
            let rows = try connection.query("SELECT pool FROM volume WHERE id = ? AND pool IS NOT NULL", id)
            if let row = rows.first { pools[id] = try row(0, as: String.self) }
        }
    }

    /// The pools of the volumes that flows may be working on, by flow.
    func poolsByFlow() throws -> [FlowID: String] {
        let rows = try connection.query(
            "SELECT flow, pool FROM volume WHERE pool IS NOT NULL AND status NOT IN (?, ?)",
            VolumeStatus.available,
            VolumeStatus.inUse
        )
        let pools = rows.decoded(of: "volume") { (try $0(0, as: FlowID.self), try $0(1, as: String.self)) }
        return Dictionary(pools.map { ($0.0, $0.1) }) { first, _ in first }
    }

    /// Gives the records of a volume and its snapshots to another project.
    func move(_ volume: Volume, toProject project: String) throws {
        try connection.write("UPDATE volume SET project = ? WHERE id = ?", project, volume.id)
        try connection.write("UPDATE snapshot SET project = ? WHERE volume = ?", project, volume.id)
    }

    /// Moves the records of all of a pool's volumes to another pool, or to the pool's new name.
    func move(allIn pool: String, to newPool: String) throws {
        try connection.write("UPDATE volume SET pool = ? WHERE pool = ?", newPool, pool)
        try connection.write("UPDATE volume SET other_pool = ? WHERE other_pool = ?", newPool, pool)
        try capacity.move(allIn: pool, to: newPool)
    }

    /// The provisioned capacity of each pool, summed over its volumes.
    func provisioned() throws -> [String: ProvisionedCapacity] {
        let rows = try connection.query(
            """
            SELECT place, COUNT(*), \(Self.sums) FROM (
                SELECT pool AS place, size FROM volume WHERE pool IS NOT NULL
                UNION ALL SELECT other_pool, size FROM volume WHERE other_pool IS NOT NULL
            ) AS places GROUP BY place
            """
        )
        return try rows.reduce(into: [:]) { pools, row in
            pools[try row(0)] = ProvisionedCapacity(volumes: try row(1), size: try Self.sum(row, 2))
        }
    }
}

extension VolumeError {
    fileprivate static func notPlaced(_ id: VolumeID) -> VolumeError {
        VolumeError(
            .notFound,
            "the record of volume \(id) is not as its flow left it",
            cause: "it was changed or removed by something else",
            remedies: [.showVolume(id.description)]
        )
    }
}
