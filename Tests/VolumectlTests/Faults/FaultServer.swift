import Foundation
import Subprocess
import Synchronization
import SystemPackage
import TestKit
import Testing

/// A PostgreSQL server of a test's own, in the network of the hosts, which the test ends and starts as it likes.
final class FaultServer: Sendable {
    private let directory = ScratchDirectory.path + "/server"
    /// The addresses for hosts: of the only server; or of whichever of two can be written to, looking at the first server first,
    /// and at the second one first.
    let uris: [String]
    private let primary: String
    private let standby: String
    private let isPromoted = Mutex(false)

    /// - Parameter hasStandby: whether there is a second server, for which each commit waits.
    init(hasStandby: Bool = false) async throws {
        let tcp = try #require(ProcessInfo.processInfo.environment["VOLUMECTL_TEST_POSTGRESQL_TCP"])
        let address = try #require(URLComponents(string: tcp)?.host)
        let options = (hasStandby ? ["--standby"] : []) + ["--address", address]
        try await TestHosts.call("postgresql/up", options + [directory])
        let variables = try String(contentsOfFile: directory + "/env", encoding: .utf8)
        let own = try #require(variables.firstMatch(of: /POSTGRESQL_TCP='(.*)'/)?.output.1)
        let socket = try #require(variables.firstMatch(of: /POSTGRESQL='(.*)'/)?.output.1)
        let parts = try #require(URLComponents(string: String(own)))
        let port = try #require(parts.port)
        primary = String(socket)
        standby = primary.replacing("port=\(port)", with: "port=\(port + 1)")
        let authority = "\(try #require(parts.user)):\(try #require(parts.password))@"
        let places = hasStandby ? ["\(address):\(port)", "\(address):\(port + 1)"] : ["\(address):\(port)"]
        uris = [places, places.reversed()]
            .map { places in
                "postgresql://\(authority)\(places.joined(separator: ","))/postgres"
                    + "?connect_timeout=2&target_session_attrs=read-write"
            }
    }

    /// Removes it.
    func remove() async throws { try await TestHosts.call("postgresql/down", [directory]) }

    /// Sends a signal to the first server: SIGINT ends it in order, and SIGKILL at once.
    func send(_ signal: Int32) throws {
        let file = try String(contentsOfFile: directory + "/primary/postmaster.pid", encoding: .utf8)
        kill(try #require(pid_t(file.prefix { $0 != "\n" })), signal)
    }

    /// Starts the servers that are not running.
    func start() async throws { try await TestHosts.call("postgresql/up", [directory]) }

    /// Makes the standby a primary, and returns when it is one. The former one is not told.
    func promote() async throws {
        isPromoted.withLock { $0 = true }
        try await query("SELECT pg_promote()")
    }

    /// Ends the connections of a host to the former primary.
    func disconnect(_ host: FaultHost) async throws {
        try await query(
            """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE host(client_addr) LIKE '\(host.addressPattern)'
            """,
            onFormer: true
        )
    }

    /// Runs SQL on the primary by a connection of its own, on this machine, and returns the fields of its rows.
    ///
    /// - Parameter onFormer: runs it on the former primary.
    @discardableResult
    func query(_ sql: String, onFormer: Bool = false) async throws -> [[String]] {
        let server = isPromoted.withLock(\.self) && !onFormer ? standby : primary
        let result = try await Subprocess.run(
            .name("psql"),
            arguments: [
                "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", server, "-c", sql,
            ],
            output: .string(limit: 1 << 24),
            error: .string(limit: 1 << 16)
        )
        #expect(result.terminationStatus == .exited(0), "\(sql): \(result.standardError)")
        return result.standardOutput.split(separator: "\n")
            .map { line in
                line.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
            }
    }

    /// Lets the server note all leases and take-overs, and lets it hold up commits of hosts on demand. A take-over can't be
    /// earlier than the lease's end, nor than the claim of the process that has lost the flow.
    func watch() async throws {
        try await query(
            """
            CREATE TABLE fault_lease (owner BIGINT, label TEXT, until BIGINT, at BIGINT);
            CREATE FUNCTION fault_now() RETURNS BIGINT LANGUAGE sql AS
                'SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)';
            CREATE FUNCTION fault_lease() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                INSERT INTO fault_lease VALUES (NEW.id, NEW.label, NEW.until, fault_now()); RETURN NULL; END $$;
            CREATE TRIGGER fault_lease AFTER INSERT OR UPDATE OF until ON owner FOR EACH ROW
                EXECUTE FUNCTION fault_lease();
            CREATE TABLE fault_takeover (flow TEXT, old BIGINT, new BIGINT, at BIGINT, late BIGINT);
            CREATE FUNCTION fault_takeover() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                INSERT INTO fault_takeover SELECT NEW.id, OLD.owner_lock, NEW.owner_lock, fault_now(),
                    CASE WHEN OLD.owner_lock <> 0 THEN fault_now() - GREATEST(
                        (SELECT max(until) FROM fault_lease WHERE owner = OLD.owner_lock),
                        (SELECT max(at) FROM fault_takeover WHERE flow = NEW.id)) END;
                RETURN NULL; END $$;
            CREATE TRIGGER fault_takeover AFTER UPDATE OF owner_lock ON flow FOR EACH ROW
                WHEN (NEW.owner_lock <> 0 AND OLD.owner_lock <> NEW.owner_lock)
                EXECUTE FUNCTION fault_takeover();
            CREATE TABLE fault_slow (address inet);
            CREATE FUNCTION fault_commit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF EXISTS (SELECT FROM fault_slow WHERE address = inet_client_addr()) THEN PERFORM pg_sleep(0.6); END IF;
                RETURN NULL; END $$;
            CREATE CONSTRAINT TRIGGER fault_commit AFTER INSERT ON commit_marker DEFERRABLE INITIALLY DEFERRED
                FOR EACH ROW EXECUTE FUNCTION fault_commit();
            """
        )
    }
}
