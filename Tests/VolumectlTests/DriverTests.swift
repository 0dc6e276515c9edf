import Foundation
import TestKit
import Testing

@Suite(.scratchDirectory)
struct DriverTests {
    @Test func `a driver that keeps its contract passes rule by rule`() async throws {
        // The path is too long for sockets.
        let directory = "export-directory=/" + String(repeating: "x", count: 99)
        let run = try await volumectl(
            ["driver", "check", "loopback", "--rule", "create-twice", "--rule", "export-twice", "--set", directory]
        )
        expect(0, from: run)
        #expect(run.lines.first == "passed   create-twice")
        #expect(run.lines[1] == "skipped  export-twice: the driver does not support 'export'")
        #expect(run.lines.last?.hasSuffix("1 passed, 0 failed, 1 skipped") == true)
    }

    @Test func `the report is available as JSON`() async throws {
        let run = try await volumectl("driver", "check", "loopback", "--rule", "create-twice", "-o", "json")
        expect(0, from: run)
        let report: CheckRecord = try run.json()
        #expect(report.driver == "loopback" && report.passed == 1 && report.failed == 0)
        #expect(report.outcomes.map(\.rule) == ["create-twice"])
        #expect(report.features.contains("snapshot"))
    }

    @Test func `a violated rule is reported by its name and the exit status`() async throws {
        // Its description is right, and it can be inspected.
        let broken = try Scratch.write(
            """
            #!/bin/sh
            case "$(cat)" in
            *'"capabilities"'*)
                echo '{"protocol": 1, "result": {"thin": true, "granule": 4096, "features": []}}' ;;
            *'"inspect"'*) echo '{"protocol": 1, "result": {"presence": "absent"}}' ;;
            *) echo '{"protocol": 1, "result": {}}' ;;
            esac
            """,
            to: "broken-driver"
        )
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: broken)
        let run = try await volumectl("driver", "check", broken, "--rule", "create-twice")
        expect(1, from: run)
        #expect(run.lines[0].hasPrefix("FAILED   create-twice: "))
        #expect(run.lines[1].contains("inspect says absent"))
        let quiet = try await volumectl("driver", "check", broken, "--rule", "create-twice", "-q")
        #expect(quiet.lines == ["create-twice"])
    }

    @Test(arguments: ["table", "json"])
    func `an unusable pool is reported once, with the reason, and no rule is checked`(format: String) async throws {
        let file = try Scratch.write("", to: "a-file")
        let run = try await volumectl("driver", "check", "loopback", "--path", file, "-o", format)
        expect(7, from: run)
        #expect(run.lines.isEmpty)
        #expect(run.errors.contains("the pool can't be used"))
        #expect(run.errors.components(separatedBy: "Not a directory").count == 2)
    }

    @Test func `a configured pool is checked as it is configured`() async throws {
        let config = try Scratch.write(
            """
            enabled-pools: [slow]
            pools: {slow: {driver: loopback, path: \(ScratchDirectory.path)/slow, allocation: full}}
            """
        )
        let run = try await volumectl("driver", "check", "slow", "--config", config, "--rule", "create-exact-size")
        expect(0, from: run)
        #expect(Scratch.volumeFiles(in: ScratchDirectory.path + "/slow").isEmpty)
    }

    @Test func `an unusable pool of a soak is reported in the driver's words`() async throws {
        let file = try Scratch.write("", to: "a-file")
        let run = try await volumectl("driver", "soak", "loopback", "--path", file, "--seconds", "1")
        expect(7, from: run)
        #expect(run.errors.contains("Not a directory"))
        #expect(!run.errors.contains("unexpected"))
    }

    @Test(arguments: [
        ["driver", "check", "floppy"], ["driver", "check", "loopback", "--set", "format"],
        ["driver", "check", "loopback", "--set", "format=floppy"],
        ["driver", "check", "loopback", "--set", "colour=red"], ["driver", "check", "loopback", "--set", "=red"],
        ["driver", "check", "loopback", "--rule", "creat-twice"],
        ["driver", "check", "loopback", "--set", "format=qcow2", "--set", "allocation=full"],
        ["driver", "soak", "loopback", "--seconds", "0"], ["driver", "check"],
    ])
    func `a driver that can't be checked is reported with a remedy`(arguments: [String]) async throws {
        let run = try await volumectl(arguments)
        #expect(run.status == 64 || run.status == 3)
        #expect(try !run.error.remedies.isEmpty)
    }

    @Test(arguments: [
        (["loopback", "--path", "here"], "it comes from --path"),
        (["loopback", "--set", "path=here"], "it comes from --set"),
        (["loopback", "--set", "path=/a", "--path", "here"], "it comes from --path"), (["lvm"], "nothing sets it"),
    ])
    func `what a driver can't use is told with the words that said it`(words: [String], cause: String) async throws {
        let run = try await volumectl(["driver", "check"] + words)
        expect(64, from: run)
        #expect(try run.error.cause == cause)
    }

    @Test func `every rule is listed`() async throws {
        let run = try await volumectl("driver", "rules")
        expect(0, from: run)
        #expect(run.lines.count > 80)
        #expect(run.lines.contains { $0.hasPrefix("snapshot-immutable") })
    }

    @Test(arguments: [["--set", "format=raw"], ["--set", "allocation=full"]])
    func `killed processes leave a pool as acknowledged`(options: [String]) async throws {
        let run = try await volumectl(["driver", "soak", "loopback", "--seconds", "4"] + options)
        expect(0, from: run)
        #expect(try run.line.hasSuffix("kills in 4 s: 0 differences"))
    }

    @Test func `a pool is shown with its features, capacity and health`() async throws {
        try await volumectl("create", "a", "1M")
        let run = try await volumectl("pool", "show", "default")
        expect(0, from: run)
        #expect(run.lines.contains { $0.hasPrefix("features") && $0.hasSuffix("manage, health, mark, read-only") })
        #expect(run.lines.contains { $0.hasPrefix("logical") && $0.hasSuffix("1 MiB in volumes and snapshots") })
        #expect(run.lines.contains { $0.hasPrefix("pool directory") && $0.contains("ok: ") })
        let detail: PoolDetailRecord = try await volumectl("pool", "show", "default", "-o", "json").json()
        #expect(detail.pool.name == "default")
        #expect(detail.features.first == "extend")
        #expect(detail.room.logicalBytes == 1 << 20)
        #expect(detail.health.allSatisfy { $0.severity == "ok" || $0.remedy != nil })
        expect(3, from: try await volumectl("pool", "show", "nowhere"))
    }
}

private struct CheckRecord: Decodable {
    struct Outcome: Decodable {
        let rule: String
        let verdict: String
    }
    let driver: String
    let features: [String]
    let passed: Int
    let failed: Int
    let outcomes: [Outcome]
}

private struct PoolDetailRecord: Decodable {
    struct Room: Decodable {
        let logicalBytes: Int64?
    }
    struct Finding: Decodable {
        let severity: String
        let remedy: String?
    }
    let pool: PoolRecord
    let features: [String]
    let room: Room
    let health: [Finding]
}
