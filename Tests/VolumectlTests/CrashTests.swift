import Foundation
import TestKit
import Testing

/// Kills the program at system calls, and checks the next command's recovery.
@Suite(.scratchDirectory, .enabled("needs strace, and the right to trace") { await Machine.canTrace() })
struct CrashTests {
    /// The system call, and its number in a thread.
    struct Moment: Sendable, CustomTestStringConvertible {
        let call: String
        let number: Int
        var testDescription: String { "\(call) \(number)" }

        /// A tool that kills what it runs at that moment.
        var killer: [String] {
            [
                "strace", "-f", "-o", "/dev/null", "-e", "trace=\(call)", "-e",
                "inject=\(call):signal=KILL:when=\(number)",
            ]
        }
    }

    private static let moments =
        (1...3).map { Moment(call: "fsync", number: $0) } + (1...2).map { Moment(call: "ftruncate", number: $0) }
        + (1...2).map { Moment(call: "unlinkat", number: $0) }
        + (isOnServer
            ? stride(from: 3, to: 46, by: 6).map { Moment(call: "sendto", number: $0) }
            : (1...4).map { Moment(call: "fdatasync", number: $0) }
                + [4, 12, 20, 28, 34].map { Moment(call: "pwrite64", number: $0) })

    /// The first moments of the first command.
    private static let beginning =
        isOnServer
        ? [12, 24, 36, 48].map { Moment(call: "sendto", number: $0) }
        : (1...4).map { Moment(call: "fdatasync", number: $0) }

    private static var isOnServer: Bool { TestDatabase.server != nil }

    /// The moment at which the volume's file exists without a record of it.
    private static let inDriver = Moment(call: "fsync", number: 1)

    /// Creates a state in which the pool exists, with one volume.
    private func prepare() async throws {
        try await volumectl("create", "old", "1M")
    }

    private func expectConsistency(_ moment: Moment) async throws {
        let second = try await volumectl("ls", "-o", "json")
        #expect(second.errors.isEmpty, "the second time there is nothing to tell: \(second)")
        let volumes: [VolumeRecord] = try second.json()
        #expect(volumes.allSatisfy { $0.status == "available" }, "\(moment)")
        #expect(Scratch.volumeFiles() == volumes.map { "volume-\($0.id)" }.sorted())
        for volume in volumes { #expect(try Scratch.size(of: #require(volume.location)) == volume.sizeBytes) }
        let quota: QuotaRecord = try await volumectl("quota", "show", "-o", "json").json()
        #expect(quota.volumes.inUse == volumes.count && quota.volumes.reserved == 0)
        #expect(quota.gigabytes.inUseBytes == volumes.map(\.sizeBytes).reduce(0, +))
    }

    @Test(arguments: moments)
    func `a creation that is killed at any point ends with a volume or without a trace`(moment: Moment) async throws {
        try await prepare()
        let killed = try await volumectl("create", "--size", "10", under: moment.killer)
        let first = try await volumectl("ls")
        expect(0, from: first)
        #expect(first.notes.count { $0.hasPrefix("recovered flow ") } <= 1, "\(first)")
        #expect(first.notes.allSatisfy { $0.hasPrefix("recover") }, "\(first)")
        #expect(killed.status == nil || first.notes.isEmpty)
        try await expectConsistency(moment)
    }

    @Test(arguments: moments)
    func `a removal that is killed at any point ends with a volume or without a trace`(moment: Moment) async throws {
        try await prepare()
        try await volumectl("create", "new", "1M")
        try await volumectl("rm", "new", "-y", under: moment.killer)
        let first = try await volumectl("ls")
        expect(0, from: first)
        #expect(first.notes.count { $0.hasPrefix("recovered flow ") } <= 1, "\(first)")
        #expect(first.notes.allSatisfy { $0.hasPrefix("recover") }, "\(first)")
        try await expectConsistency(moment)
    }

    @Test func `the first command ever may be killed, too`() async throws {
        for moment in Self.beginning {
            try await volumectl("create", "--size", "1M", under: moment.killer)
            expect(0, from: try await volumectl("ls"))
        }
        try await expectConsistency(Self.beginning[3])
    }

    @Test func `the next command finishes an interrupted flow, and reports it in one line`() async throws {
        try await prepare()
        let killed = try await volumectl("create", "new", "10", under: Self.inDriver.killer)
        #expect(killed.status == nil && killed.output.isEmpty)
        let next = try await volumectl("ls", "-o", "json")
        let notes = next.notes.filter { !$0.hasPrefix("recovering ") }
        #expect(notes.count == 1)
        let line =
            /recovered flow [0-9a-f]{8}: create-volume "new" was at create-on-driver when process [0-9].* died: finished/
        #expect(notes.first?.wholeMatch(of: line) != nil, "\(next)")
        let volumes: [VolumeRecord] = try next.json()
        #expect(volumes.map(\.name) == ["old", "new"])
        #expect(volumes.last?.sizeBytes == 10 << 30)
        try await expectConsistency(Self.inDriver)
    }

    @Test func `it can be listed without recovering it`() async throws {
        try await prepare()
        try await volumectl("create", "new", "10", under: Self.inDriver.killer)
        for _ in 1...2 {
            let looked = try await volumectl("ls", "--no-recover", "-o", "json")
            #expect(looked.errors.isEmpty)
            let volumes: [VolumeRecord] = try looked.json()
            #expect(volumes.map(\.status) == ["available", "creating"])
        }
        let id = try #require(try await volumectl("flow", "ls", "-q", "--no-recover").lines.first)
        let shown = try await volumectl("flow", "show", id, "--no-recover")
        #expect(shown.lines.last?.hasSuffix("create-on-driver  interrupted or still running") == true, "\(shown)")
        let quota: QuotaRecord = try await volumectl("quota", "show", "--no-recover", "-o", "json").json()
        #expect(quota.volumes == QuotaRecord.Count(inUse: 1, reserved: 1, limit: nil))
        #expect(try await volumectl("ls").notes.count { $0.hasPrefix("recovered ") } == 1)
        try await expectConsistency(Self.inDriver)
    }

    @Test func `a recovery is also reported in JSON mode, beside the results`() async throws {
        try await prepare()
        try await volumectl("create", "new", "10", under: Self.inDriver.killer)
        let run = try await volumectl("show", "none", "-o", "json")
        expect(3, from: run)
        #expect(run.notes.count { !$0.hasPrefix("recovering ") } == 2)
        #expect(try run.jsonError.code == "not_found")
    }
}
