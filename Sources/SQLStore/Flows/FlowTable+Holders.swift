internal import SQL
internal import TaskFlow

// The holders of runs that several processes have held. A run that stays with its first holder has no row here.
extension FlowTable {
    /// Records the holder of a run, which another process is about to claim.
    func noteHolder(of flow: FlowDetail) throws {
        // A holder that has written nothing is passed over.
        try connection.write(
            """
            INSERT INTO flow_holder (flow, last_entry, owner)
            SELECT ?, COALESCE(MAX(entry), 0), ? FROM flow_journal WHERE flow = ?
            ON CONFLICT (flow, last_entry) DO NOTHING
            """,
            flow.id,
            flow.owner,
            flow.id
        )
    }

    /// The former holders of a run, oldest first.
    func holders(of flow: FlowID) throws -> [FormerHolder] {
        try connection.query("SELECT owner, last_entry FROM flow_holder WHERE flow = ? ORDER BY last_entry", flow)
            .map { FormerHolder(owner: try $0(0), lastEntry: try $0(1)) }
    }
}
