internal import Identity
internal import SQL
internal import SQLStore
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// The volumes of pools. What changes a volume's pool or size there changes the pool's provisioned capacity with it.
extension VolumeTable {
    private var capacity: ProvisionedTable { ProvisionedTable(connection: connection) }

    /// Gives a volume that has no pool a pool, and the size that it gets there.
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

    /// Takes a volume of `size` out of its pool, and gives it back the size that it had before.
    ///
    /// - Throws: `notFound` when there is no such volume in the pool.
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

    /// Removes the volume's row; does nothing if there is none.
    func remove(_ id: VolumeID) throws {
        let rows = try connection.query("DELETE FROM volume WHERE id = ? RETURNING pool, size", id)
        for row in rows {
            guard let pool: String = try row(0, as: String?.self) else { continue }
            try capacity.remove(ByteCount(bytes: try row(1)) ?? .zero, from: pool)
        }
    }

    /// The volumes that a pool holds, or is to hold, each with whether it has been made; those whose ids can be read.
    func volumes(in pool: String) throws -> [VolumeID: Bool] {
        let rows = try connection.query("SELECT id, status <> 'creating' FROM volume WHERE pool = ?", pool)
        let volumes = rows.decoded(of: "volume") { (try $0(0, as: VolumeID.self), try $0(1) == 1) }
        return Dictionary(volumes.map { ($0.0, $0.1) }) { first, _ in first }
    }

    /// The pools of the volumes at which flows may be at work, by the flow.
    func poolsByFlow() throws -> [FlowID: String] {
        let rows = try connection.query(
            "SELECT flow, pool FROM volume WHERE pool IS NOT NULL AND status <> ?",
            VolumeStatus.available
        )
        let pools = rows.decoded(of: "volume") { (try $0(0, as: FlowID.self), try $0(1, as: String.self)) }
        return Dictionary(pools.map { ($0.0, $0.1) }) { first, _ in first }
    }

    /// Records volumes of one pool as volumes of another, or of that pool under its new name.
    func move(allIn pool: String, to newPool: String) throws {
        try connection.execute("UPDATE volume SET pool = ? WHERE pool = ?", newPool, pool)
        try capacity.move(allIn: pool, to: newPool)
    }

    /// What the provisioned capacity of each pool must be, summed over its volumes.
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
            "volume \(id) is not where its flow left it",
            cause: "its record was changed or removed meanwhile",
            remedies: [.showVolume(id.description)]
        )
    }
}
