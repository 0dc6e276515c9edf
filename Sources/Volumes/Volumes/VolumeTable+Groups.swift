internal import Identity
internal import SQL
internal import SQLStore
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// Statements about the volumes of a group.
extension VolumeTable {
    /// The volumes of a group, oldest first; at most `limit`.
    ///
    /// - Throws: ``UnreadableRow`` for the first that can't be read.
    func list(of group: GroupID, limit: Int = .max) throws -> [Volume] {
        let found =
            try connection.query(
                "SELECT \(Self.columns) FROM volume WHERE group_id = ? ORDER BY number LIMIT ?",
                group,
                limit
            )
            .decoded(of: "volume", name: 2, by: Self.volume)
        if let damaged = found.unreadable.first { throw damaged }
        return found.readable
    }
}
