import Foundation
import TestKit
import Testing

/// Exit code 8: the driver fails, and so does the revert.
@Suite(
    .scratchDirectory,
    .enabled("needs root, append-only directories (chattr) and prlimit") {
        await Machine.canForbidRemoval() && Machine.canLimitFiles
    }
)
struct LeftBehindTests {
    private let limit = ["prlimit", "--fsize=\(64 << 20)"]

    /// Leaves the unfinished file of volume "stuck" behind, and returns the flow.
    private func leaveBehind() async throws -> String {
        try await volumectl("create", "fine", "1M")
        var flow: String?
        try await forbiddingRemoval(from: Scratch.pool) {
            let run = try await volumectl("create", "stuck", "1G", "-o", "json", under: limit)
            expect(8, from: run)
            let error = try run.jsonError
            #expect(error.code == "revert_incomplete")
            #expect(error.details.aftermath.contains("LEFT BEHIND: "))
            #expect(error.details.aftermath.contains(Scratch.pool + "/volume-"))
            flow = error.details.flow
            try await expectAccepted(error.remedy)
        }
        #expect(Scratch.volumeFiles().count == 2)
        return try #require(flow)
    }

    private func expectNothingLeft() async throws {
        #expect(Scratch.volumeFiles().count == 1)
        #expect(try await volumectl("ls", "--no-headers").line.hasPrefix("fine "))
        let quota: QuotaRecord = try await volumectl("quota", "show", "-o", "json").json()
        #expect(quota.volumes.inUse == 1 && quota.volumes.reserved == 0)
        #expect(quota.gigabytes.inUseBytes == 1 << 20 && quota.gigabytes.reservedBytes == 0)
    }

    @Test func `the error names what is left behind`() async throws {
        try await volumectl("create", "fine", "1M")
        try await forbiddingRemoval(from: Scratch.pool) {
            let run = try await volumectl("create", "stuck", "1G", under: limit)
            expect(8, from: run)
            let error = try run.error
            #expect(error.headline.contains("\"stuck\""))
            #expect(error.cause?.contains("File too large") == true)
            #expect(error.cause?.contains("Operation not permitted") == true)
            #expect(error.aftermath.hasPrefix("LEFT BEHIND: "))
            #expect(error.remedies.contains { $0.hasPrefix("volumectl flow retry ") })
            try await expectAccepted(error.remedies)
        }
        let volume: VolumeRecord = try await volumectl("show", "stuck", "-o", "json").json()
        #expect(volume.status == "error")
        #expect(volume.lastError?.contains("Operation not permitted") == true)
        let quota: QuotaRecord = try await volumectl("quota", "show", "-o", "json").json()
        #expect(quota.volumes.reserved == 1)
        expect(4, from: try await volumectl("create", "stuck", "1G"))
    }

    @Test func `a retry that fails changes nothing, and one that succeeds leaves nothing`() async throws {
        let flow = try await leaveBehind()
        try await forbiddingRemoval(from: Scratch.pool) {
            let run = try await volumectl("flow", "retry", flow)
            expect(8, from: run)
            _ = try run.error
        }
        let run = try await volumectl("flow", "retry", flow)
        expect(0, from: run)
        #expect(try run.line.contains("nothing is left behind"))
        try await expectNothingLeft()
        expect(4, from: try await volumectl("flow", "retry", flow))
        expect(0, from: try await volumectl("create", "stuck", "1G"))
    }

    @Test func `a retry prints the flow as JSON`() async throws {
        let retried: FlowRecord = try await volumectl("flow", "retry", try await leaveBehind(), "-o", "json").json()
        #expect(retried.state == "reverted")
        #expect(retried.steps?.contains { $0.state == "revert_failure" } == true)
    }

    @Test func `removing the volume removes what was left behind`() async throws {
        _ = try await leaveBehind()
        try await forbiddingRemoval(from: Scratch.pool) {
            expect(8, from: try await volumectl("rm", "stuck", "-y"))
        }
        expect(0, from: try await volumectl("rm", "stuck", "-y"))
        try await expectNothingLeft()
    }

    @Test func `a removal that fails leaves the volume as it was`() async throws {
        try await volumectl("create", "fine", "1M")
        try await forbiddingRemoval(from: Scratch.pool) {
            let run = try await volumectl("rm", "fine", "-y")
            expect(7, from: run)
            #expect(try run.error.aftermath.hasPrefix("nothing was left behind"))
        }
        let volume: VolumeRecord = try await volumectl("show", "fine", "-o", "json").json()
        #expect(volume.status == "available")
        try await expectNothingLeft()
        expect(0, from: try await volumectl("rm", "fine", "-y"))
    }

    @Test func `the timeline shows what failed twice`() async throws {
        let run = try await volumectl("flow", "show", try await leaveBehind())
        expect(0, from: run)
        let line = try #require(run.lines.first { $0.contains("REVERT FAILED") })
        #expect(line.wholeMatch(of: #/ {2}\+[0-9.]+  create-on-driver  REVERT FAILED  [0-9.]+ m?s/#) != nil)
        #expect(run.lines.contains("  --- reverting ---"))
        #expect(run.output.contains("File too large") && run.output.contains("Operation not permitted"))
    }
}
