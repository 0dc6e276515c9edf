internal import FoundationEssentials
internal import Identity
internal import SQL
internal import TaskFlow

/// All statements about flows, and no others.
struct FlowTable {
    let connection: any SQLConnection

    /// The condition that a run has not ended and waits for no place, written as in the index `flow_unfinished`, which is
    /// not used otherwise.
    private static let unfinished =
        "state <> 'SUCCESS' AND state <> 'FAILURE' AND state <> 'REVERTED' AND place IS NULL"

    func insert(_ flow: FlowDetail, owner: Owner) throws {
        try store(flow.shape)
        try connection.writeRow(
            """
            INSERT INTO flow
                (id, name, version, subject, request, state, created_at, updated_at, owner, owner_lock, epoch,
                shape_number, book, scope, job, lease)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, \(Self.numberOfShape), ?, ?, ?, ?)
            ON CONFLICT (id) DO NOTHING
            """,
            flow.id,
            flow.name,
            flow.version,
            flow.subject,
            flow.request,
            flow.state,
            flow.createdAt,
            flow.updatedAt,
            owner.label,
            owner.number,
            flow.shape,
            flow.book,
            flow.scope,
            flow.lease?.job,
            flow.lease?.number,
            orThrow: FlowExists(flow.id)
        )
    }

    /// The number of a recipe's shape, which is stored, as a part of a statement.
    private static let numberOfShape = "(SELECT number FROM flow_shape WHERE text = ?)"

    /// Stores a recipe's shape if it is new.
    private func store(_ shape: RecordedShape?) throws {
        guard let shape else { return }
        try connection.write(
            """
            INSERT INTO flow_shape (text) SELECT CAST(? AS TEXT) WHERE NOT EXISTS \(Self.numberOfShape)
            ON CONFLICT DO NOTHING
            """,
            shape,
            shape
        )
    }

    /// Checks that the claim is the run's newest, and locks the run's row until the transaction ends.
    func hold(_ claim: Claim) throws {
        try connection.writeRow(
            "UPDATE flow SET epoch = epoch WHERE id = ? AND epoch = ?",
            claim.flow,
            claim.epoch,
            orThrow: ClaimLost(claim)
        )
    }

    /// Locks the run's row until the transaction ends.
    func lock(_ flow: FlowID) throws {
        try connection.write("UPDATE flow SET epoch = epoch WHERE id = ?", flow)
    }

    /// Makes `owner` the holder, unless the flow has been claimed since `detail` was read.
    func claim(_ detail: FlowDetail, owner: Owner, lease: Lease?) throws -> Claim {
        if detail.owner != owner.label { try noteHolder(of: detail) }
        try connection.writeRow(
            """
            UPDATE flow SET owner = ?, owner_lock = ?, epoch = epoch + 1, job = ?, lease = ?
            WHERE id = ? AND epoch = ?
            """,
            owner.label,
            owner.number,
            lease?.job,
            lease?.number,
            detail.id,
            detail.epoch,
            orThrow: ClaimRefused(detail.id, .held(by: "another process"))
        )
        return Claim(flow: detail.id, epoch: detail.epoch + 1)
    }

    func append(_ entry: JournalEntry, number: Int, to flow: FlowID) throws {
        try connection.write(
            """
            INSERT INTO flow_journal (flow, entry, atom, state, started_at, at, output, failure, resolution, progress)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            flow,
            number,
            entry.atom,
            entry.state,
            entry.startedAt,
            entry.at,
            entry.output,
            try entry.failure.map(Self.json),
            try entry.resolution.map(Self.json),
            try entry.progress.map(Self.json)
        )
    }

    /// Records the state. A flow at rest has no holder, so any process may claim it.
    func record(_ state: FlowState, waitingFor place: Place? = nil, of flow: FlowID, at time: Date) throws {
        let release = state.isAtRest ? ", owner_lock = 0" : ""
        let changes =
            "state = ?, place = ?, updated_at = ?" + release
            + (state == .pending ? ", cancel_requested_at = NULL" : "")
        try connection.write("UPDATE flow SET \(changes) WHERE id = ?", state, place?.name, time, flow)
    }

    /// Replaces the version, request, shape and journal of a run.
    func rewrite(_ flow: FlowDetail, journal: [JournalEntry]) throws {
        try store(flow.shape)
        try connection.write(
            "UPDATE flow SET version = ?, request = ?, shape_number = \(Self.numberOfShape) WHERE id = ?",
            flow.version,
            flow.request,
            flow.shape,
            flow.id
        )
        try connection.write("DELETE FROM flow_journal WHERE flow = ?", flow.id)
        for (number, entry) in zip(1..., journal) { try append(entry, number: number, to: flow.id) }
    }

    /// The runs of a logbook, oldest first.
    func list(in book: LogBookID) throws -> Listing<FlowDetail> {
        try connection.query("SELECT \(Self.columns) FROM flow WHERE book = ? ORDER BY created_at, id", book)
            .decoded(of: "flow", name: 3) { try Self.detail($0).detail }
    }

    /// Removes the runs of a logbook with their journals.
    func deleteAll(in book: LogBookID) throws {
        for table in ["flow_journal", "flow_holder"] {
            try connection.write("DELETE FROM \(table) WHERE flow IN (SELECT id FROM flow WHERE book = ?)", book)
        }
        try connection.write("DELETE FROM flow WHERE book = ?", book)
    }

    func find(_ flow: FlowID) throws -> (detail: FlowDetail, ownerLock: Int64)? {
        try connection.query("SELECT \(Self.columns) FROM flow WHERE id = ?", flow).first.map(Self.decoded)
    }

    /// The entries, oldest first.
    func journal(of flow: FlowID) throws -> Listing<JournalEntry> {
        let rows = try connection.query(
            """
            SELECT atom, state, started_at, at, output, failure, resolution, progress, flow, entry
            FROM flow_journal WHERE flow = ? ORDER BY entry
            """,
            flow
        )
        return rows.decoded(of: "flow_journal", key: [8, 9]) { row in
            JournalEntry(
                atom: try row(0),
                state: try row(1),
                startedAt: try row(2),
                at: try row(3),
                output: try row(4),
                failure: try row(5, as: String?.self).map(Self.value),
                resolution: try row(6, as: String?.self).map(Self.value),
                progress: try row(7, as: String?.self).map(Self.value)
            )
        }
    }

    /// The runs that are not at rest, oldest first, including runs in a state that this program doesn't know.
    func unfinished() throws -> Listing<(detail: FlowDetail, ownerLock: Int64)> {
        try connection.query(
            """
            SELECT \(Self.listColumns) FROM flow
            WHERE \(Self.unfinished) AND state NOT IN ('SUSPENDED', 'PENDING')
            ORDER BY number
            """
        )
        .decoded(of: "flow", name: 3, by: Self.detail)
    }

    /// The flows of a scope with a smaller number than `number`, newest first, and the number of the last of them.
    ///
    /// - Parameter scope: the scope; all scopes if `nil`.
    func list(in scope: String?, before number: Int64, limit: Int) throws -> (Listing<FlowDetail>, last: Int64?) {
        let rows = try connection.query(
            """
            SELECT \(Self.listColumns), number FROM flow
            WHERE number < ? \(scope == nil ? "" : "AND scope = ?") ORDER BY number DESC LIMIT ?
            """,
            [number] + (scope.map { [$0] } ?? []) + [limit]
        )
        return (rows.decoded(of: "flow", name: 3) { try Self.detail($0).detail }, try rows.last?(20))
    }

    /// The flows of a scope whose id starts with `prefix`, in lower case; at most `limit`.
    func list(in scope: String?, prefix: String, limit: Int) throws -> Listing<FlowDetail> {
        try connection.query(
            // `COALESCE` makes SQLite use the index of ids; that of scopes would read all flows of the scope.
            """
            SELECT \(Self.columns) FROM flow
            WHERE id >= ? AND id < ? AND COALESCE(scope, '') = COALESCE(?, scope, '') ORDER BY id LIMIT ?
            """,
            prefix,
            prefix + "g",
            scope,
            limit
        )
        .decoded(of: "flow", name: 3) { try Self.detail($0).detail }
    }

    /// The flow's place in lists; `nil` if the scope has no such flow.
    func number(of flow: FlowID, in scope: String) throws -> Int64? {
        try connection.query("SELECT number FROM flow WHERE id = ? AND scope = ?", flow, scope).first?(0)
    }

    /// Whether the scope has such a flow.
    func contains(_ flow: FlowID, in scope: String) throws -> Bool {
        try number(of: flow, in: scope) != nil
    }

    private static func json(_ value: some Encodable) throws -> String {
        String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
    }

    private static func value<Value: Decodable>(_ json: String) throws -> Value {
        try JSONDecoder().decode(Value.self, from: Data(json.utf8))
    }

    private static let columns = columns(shape: "(SELECT text FROM flow_shape WHERE number = shape_number)")
    /// The columns of long lists, without the recipe's shape, which is only needed to resume a run.
    private static let listColumns = columns(shape: "NULL")

    private static func columns(shape: String) -> String {
        "id, name, version, subject, request, state, created_at, updated_at, owner, owner_lock, epoch, "
            + "\(shape) AS shape, book, job, lease, cancel_requested_at, resolved_at, resolution, scope, place"
    }

    private static func decoded(_ row: SQLRow) throws -> (detail: FlowDetail, ownerLock: Int64) {
        try row.decoded(of: "flow", name: 3, by: detail)
    }

    private static func detail(_ row: SQLRow) throws -> (detail: FlowDetail, ownerLock: Int64) {
        let (job, lease): (JobID?, Int?) = (try row(13), try row(14))
        let epoch: Int = try row(10)
        guard (0..<Int.max).contains(epoch) else { throw row.mistake(in: 10, "is not a valid number of claims") }
        let detail = FlowDetail(
            id: try row(0),
            name: try row(1),
            version: try row(2),
            subject: try row(3),
            request: try row(4),
            state: try row(5),
            createdAt: try row(6),
            updatedAt: try row(7),
            owner: try row(8),
            epoch: epoch,
            shape: try row(11),
            book: try row(12),
            scope: try row(18),
            lease: job.flatMap { job in lease.map { Lease(job: job, number: $0) } },
            place: try row(19, as: String?.self).map { Place($0) },
            cancelRequestedAt: try row(15),
            resolution: try row(16, as: Date?.self).map { FlowResolution(at: $0, note: try row(17)) }
        )
        return (detail, try row(9))
    }
}

// MARK: - Access by processes other than the holder

extension FlowTable {
    func requestCancel(_ flow: FlowID, at time: Date) throws {
        try connection.write(
            "UPDATE flow SET cancel_requested_at = ?, place = NULL WHERE id = ? AND cancel_requested_at IS NULL",
            time,
            flow
        )
    }

    func isCancelRequested(_ flow: FlowID) throws -> Bool {
        try !connection.query("SELECT 1 FROM flow WHERE id = ? AND cancel_requested_at IS NOT NULL", flow).isEmpty
    }

    /// Whether the step has ever been started in the run, including before a reset.
    func hasStarted(_ atom: String, of flow: FlowID) throws -> Bool {
        try !connection.query("SELECT 1 FROM flow_journal WHERE flow = ? AND atom = ? LIMIT 1", flow, atom).isEmpty
    }

    /// The suspended flows that have not changed since `time` and wait for none but these places, oldest first.
    func suspended(before time: Date, serving places: Places = .all) throws -> [FlowID] {
        let start = "SELECT id, number FROM flow WHERE"
        var rows = try connection.query(
            "\(start) \(Self.unfinished) AND state = 'SUSPENDED' AND updated_at < ? ORDER BY number",
            time
        )
        switch places {
        case .all:
            rows += try connection.query("\(start) place IS NOT NULL AND updated_at < ?", time)
        case .only(let served):
            for place in served {
                rows += try connection.query("\(start) place = ? AND updated_at < ?", place.name, time)
            }
        }
        return rows.compactMap { row -> (id: FlowID, number: Int64)? in try? (row(0), row(1)) }
            .sorted { $0.number < $1.number }.map(\.id)
    }

    /// The flows that wait for `place`, or for any place, the longest first, without their shapes.
    func waiting(for place: Place?, limit: Int) throws -> Listing<FlowDetail> {
        try connection.query(
            """
            SELECT \(Self.listColumns) FROM flow WHERE place IS NOT NULL \(place == nil ? "" : "AND place = ?")
            ORDER BY updated_at, number LIMIT ?
            """,
            (place.map { [$0.name] } ?? []) + [limit]
        )
        .decoded(of: "flow", name: 3) { try Self.detail($0).detail }
    }

    /// The number of flows that wait for each place, and since when the first of them does, in the order of the places.
    func queues() throws -> [PlaceQueue] {
        try connection.query(
            "SELECT place, COUNT(*), MIN(updated_at) FROM flow WHERE place IS NOT NULL GROUP BY place ORDER BY place"
        )
        .map { PlaceQueue(place: Place(try $0(0)), count: try $0(1), since: try $0(2)) }
    }

    /// The holder of a flow, readable or not, and whether it is unfinished or has failed without a resolution.
    func holder(of flow: FlowID) throws -> (owner: String, lock: Int64, isOpen: Bool)? {
        try connection.query(
            """
            SELECT owner, owner_lock, state NOT IN ('SUCCESS', 'REVERTED') AND resolved_at IS NULL
            FROM flow WHERE id = ?
            """,
            flow
        )
        .first.map { (try $0(0), try $0(1), try $0(2) == 1) }
    }

    /// Takes a flow that can't be read from its holder, by raising its epoch.
    func seize(_ flow: FlowID) throws {
        try connection.write(
            "UPDATE flow SET epoch = CASE WHEN epoch BETWEEN 0 AND 1152921504606846976 THEN epoch + 1 ELSE 1 END WHERE id = ?",
            flow
        )
    }

    /// Records the resolution of a flow, and its failure if it had not failed yet.
    func resolve(_ flow: FlowID, note: String, at time: Date) throws {
        try connection.write(
            """
            UPDATE flow SET state = 'FAILURE', place = NULL, owner_lock = 0, updated_at = ?, resolved_at = ?, resolution = ?
            WHERE id = ?
            """,
            time,
            time,
            note,
            flow
        )
    }

    /// Records the resolution of all failed flows of this name, or any, whose request contains `text`.
    func resolveFailures(of name: String?, mentioning text: String, note: String, at time: Date) throws {
        try connection.write(
            """
            UPDATE flow SET resolved_at = ?, resolution = ?
            WHERE state = 'FAILURE' AND resolved_at IS NULL AND request LIKE ? AND name = COALESCE(?, name)
            """,
            time,
            note,
            "%\(text)%",
            name
        )
    }

    /// Moves a flow to another scope.
    func move(_ flow: FlowID, to scope: String) throws {
        try connection.write("UPDATE flow SET scope = ? WHERE id = ?", scope, flow)
    }
}
