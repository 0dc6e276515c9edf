import Foundation
import TestKit
import Testing

/// Commands on a database on a PostgreSQL server.
@Suite(.scratchDirectory, .enabled(if: TestDatabase.server != nil, TestDatabase.skipReason))
struct PostgreSQLCommandTests {
    /// The variables of commands on the test's database.
    private var variables: [String: String] {
        get throws {
            let server = try #require(TestDatabase.server)
            return ["VOLUMECTL_DB": try TestDatabase.uri(ScratchDirectory.database, on: server)]
        }
    }

    @Test func `a volume is created, listed and removed, and no file is made for a database`() async throws {
        let variables = try variables
        expect(0, from: try await volumectl("create", "data", "1M", with: variables))
        #expect(try await volumectl("ls", "-o", "name", with: variables).lines == ["data"])
        #expect(Scratch.volumeFiles().count == 1)
        expect(4, from: try await volumectl("create", "data", "2M", with: variables))
        expect(0, from: try await volumectl("rm", "data", "-y", with: variables))
        #expect(try await volumectl("ls", "-o", "name", with: variables).lines == [])
        #expect(Scratch.volumeFiles() == [])
        #expect(!Scratch.exists(Scratch.database))
    }

    @Test func `all volumes move to the server and back to a file, and a dry run makes nothing`() async throws {
        let server = try #require(try variables["VOLUMECTL_DB"])
        let back = ScratchDirectory.path + "/back.db"
        let file = ["VOLUMECTL_DB": Scratch.database]
        for name in ["a", "b"] { expect(0, from: try await volumectl("create", name, "1M", with: file)) }
        let trial = try await volumectl("store", "copy", Scratch.database, server, "--dry-run")
        expect(0, from: trial)
        #expect(trial.output.hasPrefix("would copy "))
        expect(0, from: try await volumectl("store", "copy", Scratch.database, server))
        #expect(try await volumectl("ls", "-o", "name", with: variables).lines == ["a", "b"])
        // With a server, this host has a name, and its pool is named after it.
        expect(0, from: try await volumectl("pool", "claim", "default", "-y", with: variables))
        expect(0, from: try await volumectl("create", "c", "1M", with: variables))
        expect(4, from: try await volumectl("store", "copy", Scratch.database, server))
        expect(64, from: try await volumectl("store", "copy", server, server))
        expect(0, from: try await volumectl("store", "copy", server, back))
        #expect(try await volumectl("ls", "-o", "name", with: ["VOLUMECTL_DB": back]).lines == ["a", "b", "c"])
    }

    @Test func `a create that fails in the driver is reverted`() async throws {
        let variables = try variables
        let command = Command(
            arguments: ["create", "big", "10M"],
            variables: variables,
            wrapper: ["prlimit", "--fsize=1048576"]
        )
        expect(7, from: try await command.run())
        #expect(try await volumectl("ls", "-o", "name", with: variables).lines == [])
        #expect(Scratch.volumeFiles() == [])
        expect(0, from: try await volumectl("quota", "audit", with: variables))
        let flows = try await volumectl("flow", "ls", "-o", "csv", with: variables)
        #expect(flows.output.contains("reverted"))
    }

    @Test func `two processes at once don't exceed the quota`() async throws {
        let variables = try variables.merging(["VOLUMECTL_QUOTA_VOLUMES": "3"]) { $1 }
        let statuses = try await withThrowingTaskGroup { group in
            for number in 1...6 {
                group.addTask { try await volumectl("create", "v\(number)", "1M", with: variables).status }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(statuses.count { $0 == 0 } == 3)
        #expect(statuses.count { $0 == 5 } == 3)
        #expect(try await volumectl("ls", "-o", "name", with: variables).lines.count == 3)
        expect(0, from: try await volumectl("quota", "audit", with: variables))
    }

    @Test func `a server that is not there is an error of the database, without the password`() async throws {
        let address = "postgresql://someone:secret@127.0.0.1:1/volumes"
        let run = try await volumectl("ls", with: ["VOLUMECTL_DB": address])
        expect(10, from: run)
        #expect(run.errors.contains("someone:***@127.0.0.1:1/volumes"))
        #expect(!run.errors.contains("secret"))
    }

    @Test func `the configuration shows which database is used, without the password`() async throws {
        let variables = ["VOLUMECTL_DB": "postgresql://someone:secret@volumes.example/volumes"]
        for command in ["check", "show"] {
            let run = try await volumectl("config", command, with: variables)
            expect(0, from: run)
            #expect(run.output.contains("postgresql://someone:***@volumes.example/volumes"))
            #expect(!run.output.contains("secret"))
        }
    }

    @Test func `a backup is left to the programs of the server`() async throws {
        let variables = try variables
        try await volumectl("create", "data", "1M", with: variables)
        let run = try await volumectl("backup", ScratchDirectory.path + "/copy", with: variables)
        expect(4, from: run)
        #expect(run.errors.contains("pg_dump"))
    }
}
