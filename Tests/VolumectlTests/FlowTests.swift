import Foundation
import SQL
import SQLStore
import TestKit
import Testing

@Suite(.scratchDirectory)
struct FlowTests {
    private static let creation = [
        "survey-pools", "reserve-quota", "create-entry", "try-pools", "schedule", "create-on-driver", "finish",
    ]

    @Test(arguments: ["show", "graph", "watch", "wait", "cancel", "retry", "resume", "abandon"])
    func `a flow that does not exist is not found`(command: String) async throws {
        for flow in ["0000", "00000000-0000-4000-8000-000000000000"] {
            let words = ["flow", command, flow] + (command == "abandon" ? ["-y"] : [])
            expect(3, from: try await volumectl(words))
        }
    }

    @Test func `flows are listed, newest first`() async throws {
        try await volumectl("create", "a", "1M")
        try await volumectl("create", "b", "7E")
        try await volumectl("rm", "a", "-y")
        let flows: [FlowRecord] = try await volumectl("flow", "ls", "-o", "json").json()
        #expect(flows.map(\.name) == ["delete-volume", "create-volume", "create-volume"])
        #expect(flows.map(\.subject) == ["a", "b", "a"])
        #expect(flows.map(\.state) == ["success", "reverted", "success"])
        #expect(flows.allSatisfy { $0.steps == nil && $0.owner.hasPrefix("process ") && $0.updatedAt >= $0.createdAt })
        let table = try await volumectl("flow", "ls")
        #expect(table.lines[0].split(separator: " ") == ["ID", "KIND", "OBJECT", "STATE", "STARTED", "TOOK"])
        #expect(
            table.lines[2].wholeMatch(of: /[0-9a-f]{8}  create-volume  b +reverted +20[0-9T:-]+Z +[0-9.]+ m?s/) != nil
        )
        #expect(try await volumectl("flow", "ls", "--limit", "1", "-q").line == flows[0].id)
        #expect(try await volumectl("flow", "ls", "-q").lines == flows.map(\.id))
    }

    @Test func `a flow's steps are shown with their times`() async throws {
        try await volumectl("create", "a", "1M")
        let id = try await volumectl("flow", "ls", "-q").line
        for reference in [id, id.uppercased(), String(id.prefix(8)), String(id.prefix(4))] {
            let flow: FlowRecord = try await volumectl("flow", "show", reference, "-o", "json").json()
            #expect(flow.id == id)
            let done = try #require(flow.steps).filter { $0.state == "success" }
            #expect(done.map(\.step) == Self.creation)
            #expect(done.allSatisfy { $0.durationMs >= 0 && $0.at >= $0.startedAt && $0.failure == nil })
            #expect(try await volumectl("flow", "show", reference, "-q").line == id)
        }
        let table = try await volumectl("flow", "show", id)
        #expect(table.lines[0].hasPrefix("flow \(id)  create-volume \"a\"  success  by process "))
        #expect(table.lines.count == 1 + Self.creation.count)
        for (line, step) in zip(table.lines.dropFirst(), Self.creation) {
            #expect(
                line.wholeMatch(of: #/ {2}\+[0-9]+\.[0-9]{3}  [a-z-]+ +ok +[0-9.]+ m?s/#) != nil && line.contains(step)
            )
        }
    }

    @Test func `a flow is drawn as text, and in the languages of programs that draw`() async throws {
        try await volumectl("create", "a", "7E")
        let id = try await volumectl("flow", "ls", "-q").line
        let text = try await volumectl("flow", "graph", String(id.prefix(8)))
        expect(0, from: text)
        #expect(text.lines.map { $0.prefix { $0 != " " } } == Self.creation.map { $0[...] })
        #expect(text.output.contains(/schedule +FAILURE, REVERTED/))
        let dot = try await volumectl("flow", "graph", id, "-o", "dot")
        #expect(dot.lines.first == "digraph \"create-volume a\" {" && dot.lines.last == "}")
        let mermaid = try await volumectl("flow", "graph", id, "-o", "mermaid")
        #expect(mermaid.lines.first == "flowchart LR" && mermaid.output.contains("schedule<br/>FAILURE, REVERTED"))
        let svg = try await volumectl("flow", "graph", id, "-o", "svg")
        #expect(svg.output.hasPrefix("<svg ") && svg.output.hasSuffix("</svg>\n"))
        expect(64, from: try await volumectl("flow", "graph", id, "-o", "json"))
    }

    @Test func `a flow is followed until it ends, and its status is that of the request`() async throws {
        let driver = GatedDriver()
        let variables = try driver.configure()
        try driver.close("create")
        let creation = try Background("create", "a", "1M", with: variables)
        try await driver.arrival(at: "create")
        let id = try await volumectl(["flow", "ls", "-q", "--no-recover"], with: variables).line
        let watch = try Background("flow", "watch", id, with: variables)
        let steps = try Background("flow", "watch", id, "-o", "jsonl", with: variables)
        try await eventually { try watch.output.contains("schedule") && steps.output.contains("schedule") }
        #expect(try !watch.output.contains("create-on-driver"))
        try driver.open("create")
        for process in [creation, watch, steps] { #expect(await process.status() == 0) }
        let lines = try watch.output.split(separator: "\n")
        #expect(lines.first == "flow \(id)  create-volume \"a\"" && lines.last == "flow \(id): success")
        #expect(lines.count == 2 + Self.creation.count)
        #expect(try steps.output.split(separator: "\n").last?.contains("\"step\":\"finish\"") == true)
        try await volumectl(["create", "b", "7E"], with: variables)
        let failed = try #require(try await volumectl(["flow", "ls", "-q"], with: variables).lines.first)
        #expect(try await volumectl(["flow", "watch", failed], with: variables).status == 6)
    }

    @Test(.enabled(if: Machine.canLimitFiles, "needs prlimit"))
    func `a flow that failed shows the failure and what was undone`() async throws {
        try await volumectl("pool", "ls")
        let run = try await volumectl("create", "a", "1G", "-o", "json", under: ["prlimit", "--fsize=\(64 << 20)"])
        let id = try #require(try run.jsonError.details.flow)
        let flow: FlowRecord = try await volumectl("flow", "show", id, "-o", "json").json()
        #expect(flow.state == "reverted")
        let failed = try #require(flow.steps?.first { $0.state == "failure" })
        #expect(failed.step == "create-on-driver")
        #expect(failed.failure?.type == "PoolAttempts")
        #expect(failed.failure?.message.contains("File too large") == true)
        let reverted = flow.steps?.filter { $0.state == "reverted" }.map(\.step)
        #expect(reverted == Self.creation.dropLast().reversed())
        let lines = try await volumectl("flow", "show", id).lines
        let failure = try #require(lines.firstIndex { $0.contains("create-on-driver  FAILED ") })
        #expect(lines[failure + 1].contains("File too large (EFBIG)"))
        #expect(lines[failure + 2] == "  --- reverting ---")
        #expect(lines[(failure + 3)...].allSatisfy { $0.contains(" reverted ") })
        #expect(lines.count == failure + 3 + 6)
    }

    @Test(arguments: [("1M", "chosen"), ("7E", "CapacityFilter: needs 7 EiB")])
    func `the scheduler's verdict on each pool is stored`(size: String, verdict: String) async throws {
        try await volumectl("create", "a", size)
        let id = try await volumectl("flow", "ls", "-q").line
        let explained = try await volumectl("flow", "show", id, "--explain")
        expect(0, from: explained)
        let title = try #require(explained.lines.firstIndex { $0.contains(/POOL +VERDICT/) })
        #expect(explained.lines[title + 1].contains("default") && explained.lines[title + 1].contains(verdict))
        #expect(!(try await volumectl("flow", "show", id).output.contains("VERDICT")))
    }

    @Test func `no step begins before its flow, though the clock was set back`() async throws {
        try await volumectl("create", "a", "1M")
        try await SQLStore(TestDatabase.open(Scratch.database))
            .transact { try $0.connection.executeScript("UPDATE flow SET created_at = created_at + 500000000") }
        let id = try await volumectl("flow", "ls", "-q").line
        let shown = try await volumectl("flow", "show", id)
        #expect(shown.lines.dropFirst().allSatisfy { $0.hasPrefix("  +0.000  ") }, "\(shown)")
    }

    @Test func `a flow is retried only by its complete id`() async throws {
        try await volumectl("create", "a", "1M")
        let id = try await volumectl("flow", "ls", "-q").line
        let run = try await volumectl("flow", "retry", String(id.prefix(8)))
        expect(3, from: run)
        #expect(try run.error.cause?.contains(id) == true)
        try await expectAccepted(run.error.remedies)
    }

    @Test func `a flow that has ended well can't be retried`() async throws {
        try await volumectl("create", "a", "1M")
        let id = try await volumectl("flow", "ls", "-q").line
        let run = try await volumectl("flow", "retry", id)
        expect(4, from: run)
        try await expectAccepted(run.error.remedies)
        expect(0, from: try await volumectl("show", "a"))
    }
}
