import Foundation
import Glibc
import TestKit
import Testing

/// What happened, on the command line.
@Suite(.scratchDirectory)
struct EventTests {
    private struct EventRecord: Decodable {
        struct Payload: Decodable {
            struct Failure: Decodable { let code: String, step: String? }
            let tenantId: String, userId: String?, volumeId: String?, displayName: String?, size: Int?
            let status: String?, host: String?, error: Failure?
        }
        let eventType: String, priority: String, object: String, payload: Payload
    }

    private func events(_ arguments: String...) async throws -> [EventRecord] {
        try await volumectl(["event", "ls", "-o", "json"] + arguments).json()
    }

    @Test func `events are listed with Cinder's names and payload`() async throws {
        let id = try await volumectl("create", "data", "1M", "-q").line
        try await volumectl("rm", "data", "-y")
        let found = try await events()
        #expect(
            found.map(\.eventType)
                == ["volume.create.start", "volume.create.end", "volume.delete.start", "volume.delete.end"]
        )
        let end = try #require(found.dropFirst().first)
        #expect(end.payload.tenantId == "default" && end.payload.userId != nil)
        #expect(end.payload.volumeId == id && end.payload.displayName == "data" && end.payload.size == 1)
        #expect(end.payload.status == "available" && end.payload.host == "default" && end.priority == "INFO")
        #expect(try await events("--volume", id).count == 4)
        #expect(try await events("--limit", "1").map(\.eventType) == ["volume.delete.end"])
        #expect(try await events("--since", "1h").count == 4)
        #expect(try await events("--filter", "event~end$").count == 2)
        expect(3, from: try await volumectl("event", "ls", "--volume", "none"))
        expect(64, from: try await volumectl("event", "ls", "--since", "soon"))
    }

    @Test func `a failed request is an event of priority ERROR with its reason`() async throws {
        try await volumectl("create", "data", "1E")
        let error = try #require(try await events().last)
        #expect(error.eventType == "volume.create.error" && error.priority == "ERROR")
        #expect(error.payload.error?.code == "no_valid_pool")
    }

    @Test func `a list that is watched goes on with what happens, until it is interrupted`() async throws {
        try await volumectl("create", "first", "1M")
        let events = try Background("event", "ls", "-w", "-o", "jsonl")
        let volumes = try Background("ls", "-w", "-o", "value", "-c", "name", "-c", "status")
        try await eventually { try events.output.contains("first") && volumes.output.contains("first available") }
        try await volumectl("create", "second", "1M")
        try await eventually { try volumes.output.contains("second available") }
        try await eventually { try events.output.split(separator: "\n").count == 4 }
        try await volumectl("rm", "second", "-y")
        try await volumes.says("\"second\" is gone")
        for program in [events, volumes] {
            program.send(SIGINT)
            #expect(await program.status() == 130)
        }
    }

    @Test func `metrics are printed for Prometheus, and written to a file as a whole`() async throws {
        try await volumectl("create", "data", "1M")
        let text = try await volumectl("metrics").output
        #expect(text.contains("volumectl_volumes{pool=\"default\",project=\"default\",status=\"available\"} 1\n"))
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            #expect(
                line.wholeMatch(of: /[a-z_]+(\{[a-z]+="[^"\\]*"(,[a-z]+="[^"\\]*")*\})? [0-9.+eInf-]+/) != nil,
                "\(line)"
            )
        }
        let file = ScratchDirectory.path + "/volumectl.prom"
        for _ in 1...2 { expect(0, from: try await volumectl("metrics", "--textfile", file)) }
        #expect(try String(contentsOfFile: file, encoding: .utf8).hasPrefix("# HELP volumectl_volumes "))
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: ScratchDirectory.path).filter { $0.contains("prom") }
                .count == 1
        )
        expect(64, from: try await volumectl("metrics", "--textfile", ScratchDirectory.path + "/none/x.prom"))
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func `a shell gets its script`(shell: String) async throws {
        let script = try await volumectl("completion", shell)
        expect(0, from: script)
        #expect(script.output.contains("volumectl"))
    }
}
