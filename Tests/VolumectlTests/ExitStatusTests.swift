import Foundation
import Glibc
import TestKit
import Testing

/// Codes 3, 4, 5, 6 and 64 are in ``Mistake/all``, 8 in ``LeftBehindTests``.
@Suite(.scratchDirectory)
struct ExitStatusTests {
    @Test(.enabled(if: Machine.canLimitFiles, "needs prlimit"))
    func `7: the driver failed and nothing is left`() async throws {
        try await volumectl("create", "small", "1M")
        let before: QuotaRecord = try await volumectl("quota", "show", "-o", "json").json()
        for form in [[], ["-o", "json"]] {
            let run = try await volumectl(["create", "large", "1G"] + form, under: ["prlimit", "--fsize=\(64 << 20)"])
            expect(7, from: run)
            let remedies: [String]
            if form.isEmpty {
                let error = try run.error
                #expect(error.headline.contains("\"large\" was not created"))
                #expect(error.cause == "File too large (EFBIG)")
                #expect(error.aftermath.hasPrefix("nothing was left behind"))
                remedies = error.remedies
            } else {
                let error = try run.jsonError
                #expect(error.code == "driver_failed")
                #expect(error.details.flow != nil)
                remedies = error.remedy
            }
            try await expectAccepted(remedies)
        }
        #expect(Scratch.volumeFiles().count == 1)
        #expect(try await volumectl("quota", "show", "-o", "json").json() == before)
        #expect(try await volumectl("ls", "--no-headers").line.hasPrefix("small "))
        expect(0, from: try await volumectl("create", "large", "1G"))
    }

    @Test func `10: what is no database is not touched`() async throws {
        let garbage = String(repeating: "no database ", count: 1000)
        try Scratch.write(garbage, to: "state/volumectl.db")
        for command in [["ls"], ["create", "a", "1"], ["rm", "a", "-y"], ["quota", "show"], ["flow", "ls"]] {
            let text = try await volumectl(command)
            expect(10, from: text)
            let error = try text.error
            #expect(error.cause?.contains("not a database") == true)
            let json = try await volumectl(command + ["-o", "json"])
            expect(10, from: json)
            #expect(try json.jsonError.code == "store_unavailable")
        }
        #expect(try String(contentsOfFile: Scratch.database, encoding: .utf8) == garbage)
        #expect(!Scratch.exists(Scratch.pool))
    }

    @Test func `10: the state directory is a file`() async throws {
        try Scratch.write("", to: "state")
        let run = try await volumectl("ls")
        expect(10, from: run)
        #expect(try run.error.cause == "Not a directory")
    }

    @Test(arguments: ["a directory in which none can be made", "a directory that can't be written to"])
    func `11: the state directory is not the user's`(place: String) async throws {
        let locked = ScratchDirectory.path + "/locked"
        let existing = locked + "/existing"
        #expect(mkdir(locked, 0o755) == 0 && mkdir(existing, 0o755) == 0)
        defer { for path in [existing, locked] { chmod(path, 0o755) } }
        for path in [existing, locked] { chmod(path, 0o555) }
        let state = place.contains("none") ? locked + "/state" : existing
        for form in [[], ["-o", "json"]] {
            var command = Command(
                arguments: ["create", "a", "1M"] + form,
                variables: ["VOLUMECTL_STATE_DIRECTORY": state]
            )
            command.user = Machine.isRoot ? 65534 : nil
            let run = try await command.run()
            expect(11, from: run)
            if form.isEmpty {
                let error = try run.error
                #expect(error.cause?.contains("Permission denied") == true)
                try await expectAccepted(error.remedies)
            } else {
                #expect(try run.jsonError.code == "not_permitted")
            }
        }
    }
}
