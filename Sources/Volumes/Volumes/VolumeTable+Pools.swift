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
    func place(_ id: VolumeID, in pool: String, size: ByteCount) throws {
        let placed = try connection.execute(
            "UPDATE volume SET pool = ?, size = ? WHERE id = ? AND pool IS NULL",
            pool,
            size.bytes,
            id
        )
        guard placed == 1 else { throw VolumeError.notPlaced(id) }
        try capacity.add(size, to: pool)
    }

    /// Takes a volume of `size` out of its pool and restores its previous size.
    ///
    /// - Throws: `notFound` when the pool has no such volume of this size.
    func displace(_ id: VolumeID, from pool: String, size: ByteCount, to oldSize: ByteCount) throws {
        let displaced = try connection.execute(
            "UPDATE volume SET pool = NULL, size = ? WHERE id = ? AND pool = ? AND size = ?",
            oldSize.bytes,
            id,
            pool,
            size.bytes
        )
        guard displaced == 1 else { throw VolumeError.notPlaced(id) }
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

    /// Removes the volume's row, if there is one.
    func remove(_ id: VolumeID) throws {
        let rows = try connection.query("DELETE FROM volume WHERE id = ? RETURNING pool, size", id)
        for row in rows {
            guard let pool: String = try row(0, as: String?.self) else { continue }
            try capacity.remove(ByteCount(bytes: try row(1)) ?? .zero, from: pool)
        }
    }

    /// The volumes in a pool, each with whether its creation has finished. Rows with unreadable ids are left out.
    func volumes(in pool: String) throws -> [VolumeID: Bool] {
        let rows = try connection.query("SELECT id, status <> 'creating' FROM volume WHERE pool = ?", pool)
        let volumes = rows.decoded(of: "volume") { (try $0(0, as: VolumeID.self), try $0(1) == 1) }
        return Dictionary(volumes.map { ($0.0, $0.1) }) { first, _ in first }
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

    /// Moves the records of all of a pool's volumes to another pool, or to the pool's new name.
    func move(allIn pool: String, to newPool: String) throws {
        try connection.execute("UPDATE volume SET pool = ? WHERE pool = ?", newPool, pool)
        try capacity.move(allIn: pool, to: newPool)
    }

    /// The provisioned capacity of each pool, summed over its volumes.
    func provisioned() throws -> [String: ProvisionedCapacity] {
        let rows = try connection.query(
            "SELECT pool, COUNT(*), \(Self.sums) FROM volume WHERE pool IS NOT NULL GROUP BY pool"
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
