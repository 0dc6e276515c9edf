import Foundation
import TestKit
import Testing

/// A pool that does not answer, with a flow that needs it.
@Suite(.scratchDirectory)
struct SilentPoolTests {
    private let driver = GatedDriver()

    @Test func `one recovery in a while is enough, and the next one finishes when the pool answers`() async throws {
        let variables = try driver.configure()
        try await driver.kill(in: "create", "create", "a", "1M", with: variables)
        try driver.close("capacity")
        try driver.open("create")
        let record = Scratch.localFiles + ".recovery"
        try await eventually {
            expect(0, from: try await volumectl("ls", with: variables))
            return Scratch.exists(record)
        }
        // A command that takes half a minute to begin tries again.
        try await eventually {
            try FileManager.default.setAttributes([.modificationDate: Date()], ofItemAtPath: record)
            let run = try await volumectl("ls", with: variables)
            expect(0, from: run)
            return run.notes.count == 1 && run.errors.contains(#"on: pool "gated" does not answer"#)
        }
        try driver.open("capacity")
        let longAgo = Date(timeIntervalSinceNow: -3600)
        try FileManager.default.setAttributes([.modificationDate: longAgo], ofItemAtPath: record)
        try await eventually { try await volumectl("ls", with: variables).output.contains("available") }
        try await eventually { !Scratch.exists(record) }
    }
}
