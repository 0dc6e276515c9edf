internal import SQL

/// What a server says about itself and the database, and the refusal of what can't be used.
struct ServerTable {
    let connection: PostgreSQLConnection

    /// The oldest version of the server that can be used: 13.
    private static let oldestVersion = 130_000

    /// The answers of a server.
    struct Survey: Sendable {
        /// The number of the lock that each transaction takes. It differs for each schema of a database.
        let lock: Int64
        /// The reason why nothing can be written; `nil` if everything can be.
        let obstacle: SQLError?
    }

    /// Sets the connection up, and looks at the server and the database.
    ///
    /// A pooler between this process and the server is known by the number of the server's process, which differs from the
    /// one that came with the connection. It could give each transaction to another process of the server.
    ///
    /// - Parameter terms: those of the process's lease.
    /// - Throws: `cannotOpen` if they can't be used.
    func survey(_ terms: LeaseTerms) throws(SQLError) -> Survey {
        guard connection.serverVersion >= Self.oldestVersion else {
            throw SQLError(
                .cannotOpen,
                "the server is PostgreSQL \(connection.serverVersion / 10_000)",
                advice: "use a server of PostgreSQL 13 or newer"
            )
        }
        try connection.run(settings(terms))
        let rows = try connection.query(
            """
            SELECT pg_backend_pid(), current_setting('server_encoding'), current_schema(), pg_is_in_recovery(),
                current_setting('transaction_read_only') = 'on',
                has_schema_privilege(current_schema(), 'CREATE'),
                CAST(CAST(quote_ident(current_schema()) AS regnamespace) AS oid),
                to_regclass('commit_marker') IS NOT NULL,
                has_table_privilege(to_regclass('commit_marker'), 'INSERT'),
                quote_ident(current_user)
            """
        )
        guard let row = rows.first else { throw SQLError(.corrupt, "the server does not describe itself") }
        guard try row(0) == connection.backend else {
            throw SQLError(
                .cannotOpen,
                "a connection pooler is between this host and the server, and may exchange connections between transactions",
                advice: "name the host and the port of the server itself"
            )
        }
        let encoding: String = try row(1)
        guard encoding == "UTF8" else {
            throw SQLError(
                .cannotOpen,
                "the database's encoding is \(encoding)",
                advice: "use a database made by: CREATE DATABASE volumes ENCODING 'UTF8' TEMPLATE template0"
            )
        }
        guard let schema: String = try row(2) else {
            throw SQLError(
                .cannotOpen,
                "there is no schema for the tables: none of the role's search_path exists",
                advice: "make one, such as: CREATE SCHEMA public"
            )
        }
        return Survey(lock: Self.lockClass << 32 | (try row(6)), obstacle: try obstacle(row, schema))
    }

    private func obstacle(_ row: SQLRow, _ schema: String) throws(SQLError) -> SQLError? {
        let (user, exists, mayCreate): (String, Bool, Bool) = (try row(9), try row(7) == 1, try row(5) == 1)
        if try row(3) == 1 {
            return SQLError(
                .notPermitted,
                "the server is a standby",
                advice: "name the primary, or name both and add target_session_attrs=read-write"
            )
        }
        if try row(4) == 1 {
            return SQLError(
                .notPermitted,
                "transactions of the role \(user) are read-only",
                advice: "let it write: ALTER ROLE \(user) SET default_transaction_read_only = off"
            )
        }
        // Without the tables they have to be made, and with them they have to be written.
        if !exists && !mayCreate {
            return SQLError(
                .notPermitted,
                "the role \(user) may not create tables in the schema \(schema)",
                advice: "let it: GRANT CREATE ON SCHEMA \(schema) TO \(user)"
            )
        }
        if try row(8, as: Int?.self) == 0 {
            return SQLError(
                .notPermitted,
                "the role \(user) may not write the tables",
                advice: "use the role that has made them, or let this one write: GRANT SELECT, INSERT, UPDATE, DELETE "
                    + "ON ALL TABLES IN SCHEMA \(schema) TO \(user)"
            )
        }
        return nil
    }

    /// A number of our own in the upper half of locks.
    private static let lockClass: Int64 = 0x564F_4C00
    /// The settings of a connection. A process that stops in a transaction must not stop the others for long, and a server
    /// doesn't go on waiting for a lock for a process that is gone.
    private func settings(_ terms: LeaseTerms) -> String {
        let patience = PostgreSQLConnection.patience.milliseconds
        // Not every server's system can look for clients that are gone.
        return """
            SET client_min_messages = error; SET lock_timeout = \(patience); \
            SET idle_in_transaction_session_timeout = \(terms.longestStop.milliseconds); \
            DO 'BEGIN PERFORM set_config(''client_connection_check_interval'', ''5s'', false); \
            EXCEPTION WHEN OTHERS THEN NULL; END'
            """
    }
}
