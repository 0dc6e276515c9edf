import ArgumentParser
import Foundation
import Subprocess
import TestKit
import Testing

@testable import volumectl

/// A call of the program that has ended.
struct Run: Sendable, CustomStringConvertible {
    let arguments: [String]
    /// The exit status; `nil` when a signal ended it.
    let status: Int32?
    /// Its standard output.
    let output: String
    /// Its standard error.
    let errors: String

    init(_ arguments: [String], _ status: TerminationStatus, _ output: String, _ errors: String) {
        self.arguments = arguments
        self.status = if case .exited(let code) = status { code } else { nil }
        self.output = Self.shortened(output)
        self.errors = Self.shortened(errors)
        expectUnderstandableRemedies()
        // The output never contains control characters, whatever the input.
        for text in [output, errors] {
            #expect(
                text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F || $0 == "\n" },
                "\(arguments)"
            )
        }
    }

    /// What the program prints, with this host's pools named as in a database of one host, which a command understands on any.
    static func shortened(_ text: String) -> String {
        TestDatabase.server == nil ? text : text.replacing("@" + ProcessInfo.processInfo.hostName, with: "")
    }

    /// In every test, each command that an error suggests has to be valid.
    private func expectUnderstandableRemedies() {
        for match in errors.matches(of: /(?m)^(?:try:  |      )volumectl (.*)$/) {
            let words = String(match.1).shellWords
            #expect(throws: Never.self, "`volumectl \(match.1)` is advised after \(arguments)") {
                _ = try VolumeCtl.parseAsRoot(words)
            }
        }
    }

    var description: String { "\(arguments) exits with \(status ?? -1)\n\(output)\(errors)" }

    /// The lines of standard output.
    var lines: [String] { output.split(separator: "\n").map(String.init) }
    /// The lines of standard error that are notes and warnings.
    var notes: [String] { errors.split(separator: "\n").map(String.init) }
    /// The only line of standard output.
    var line: String { get throws { try #require(lines.count == 1 ? lines.first : nil, "\(self)") } }

    /// Standard output, which has to be one JSON value and nothing else.
    func json<Value: Decodable>(as type: Value.Type = Value.self, status expected: Int32 = 0) throws -> Value {
        try #require(status == expected, "\(self)")
        return try Self.decoder.decode(type, from: Data(output.utf8))
    }

    /// The error on standard error, in its form for people.
    var error: ErrorText {
        get throws {
            #expect(output.isEmpty, "\(self)")
            return try ErrorText(errors)
        }
    }

    /// The error on the last line of standard error, in its form for programs.
    var jsonError: ErrorRecord.Body {
        get throws {
            #expect(output.isEmpty, "\(self)")
            let line = try #require(notes.last)
            let error = try Self.decoder.decode(ErrorRecord.self, from: Data(line.utf8)).error
            #expect(error.exit == status, "\(self)")
            #expect(!error.message.isEmpty && !error.details.aftermath.isEmpty && !error.remedy.isEmpty, "\(self)")
            return error
        }
    }

    private static let decoder = {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        decoder.dateDecodingStrategy = .iso8601
        return decoder
    }()
}

/// Expects a call to exit with `status`.
func expect(
    _ status: Int32,
    from run: Run,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(run.status == status, "\(run)", sourceLocation: sourceLocation)
}
