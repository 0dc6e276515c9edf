import Foundation
import TestKit
import Testing
import VolumeAPI

@testable import volumectl

@Suite(.scratchDirectory)
struct ExitStatusTests {
    @Test func `the program, its help and the README name the same statuses`() async throws {
        let codes: [VolumeError.Code] = [
            .invalidInput, .notFound, .conflict, .quotaExceeded, .noValidPool, .driverFailed, .revertIncomplete,
            .missing,
            .cancelled, .timedOut, .storeUnavailable, .notPermitted, .unexpected,
        ]
        let own = Set(codes.map(\.exitStatus)).union([0, ExitStatus.endedByPerson])
        let readme = try String(contentsOf: Self.repository.appending(path: "README.md"), encoding: .utf8)
        #expect(try numbers(in: readme, from: "The exit code tells") == own.union([128 + SIGTERM, 128 + SIGHUP]))
        #expect(try numbers(in: await volumectl("--help").output, from: "Exit codes:") == own)
    }

    /// The numbers of a paragraph.
    private func numbers(in text: String, from beginning: String) throws -> Set<Int32> {
        let paragraph = try #require(text.split(separator: beginning, maxSplits: 1).last)
        let end = paragraph.firstRange(of: "\n\n")?.lowerBound ?? paragraph.endIndex
        return Set(paragraph[..<end].matches(of: /\b[0-9]+\b/).compactMap { Int32($0.output) })
    }

    private static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
}
