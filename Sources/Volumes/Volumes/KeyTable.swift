internal import Foundation
internal import Identity
internal import SQL
internal import SQLStore
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// The request for which a key was used, and the flow that fulfils it, or did.
struct KeyUse: Sendable, Hashable {
    let request: VolumeRequest
    let flow: FlowID
}

/// Every statement about idempotency keys, and nothing else.
struct KeyTable {
    let connection: any SQLConnection

    /// How long a key is remembered.
    static let retention: TimeInterval = 7 * 24 * 3600

    static let schema = Schema(
        name: "idempotency_key",
        steps: [
            """
            CREATE TABLE idempotency_key (
                project TEXT NOT NULL,
                key TEXT NOT NULL,
                request TEXT NOT NULL,
                flow TEXT NOT NULL,
                used_at INTEGER NOT NULL,
                PRIMARY KEY (project, key)
            ) STRICT, WITHOUT ROWID;
            CREATE INDEX idempotency_key_by_age ON idempotency_key (used_at);
            """
        ]
    )

    func find(_ key: IdempotencyKey, project: String) throws -> KeyUse? {
        try connection.query(
            "SELECT request, flow FROM idempotency_key WHERE project = ? AND key = ?",
            project,
            key.description
        )
        .first
        .map { row in
            let text: String = try row(0)
            guard let request = try? JSONDecoder().decode(VolumeRequest.self, from: Data(text.utf8)) else {
                throw row.mistake(in: 0, "is no request")
            }
            return KeyUse(request: request, flow: try row(1))
        }
    }

    /// Notes that `use.flow` fulfils the request of a key. A flow that was noted before and is not stored has never begun.
    ///
    /// - Returns: whether it is noted; not if the flow that was noted before is stored.
    func claim(_ key: IdempotencyKey, for use: KeyUse, project: String, at time: Date) throws -> Bool {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try connection.execute(
            """
            INSERT INTO idempotency_key (project, key, request, flow, used_at) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (project, key) DO UPDATE SET request = excluded.request, flow = excluded.flow
                WHERE NOT EXISTS (SELECT 1 FROM flow WHERE id = idempotency_key.flow)
            """,
            project,
            key.description,
            String(decoding: try encoder.encode(use.request), as: UTF8.self),
            use.flow,
            time
        ) == 1
    }

    /// Whether a flow that fulfils a request is stored. From then on it keeps the key.
    func hasBegun(_ flow: FlowID) throws -> Bool {
        try !connection.query("SELECT 1 FROM flow WHERE id = ?", flow).isEmpty
    }

    /// Forgets some of the keys that were first used before `time`.
    func forget(before time: Date) throws {
        try connection.write(
            """
            DELETE FROM idempotency_key WHERE (project, key) IN
                (SELECT project, key FROM idempotency_key WHERE used_at < ? ORDER BY used_at LIMIT 50)
            """,
            time
        )
    }
}
