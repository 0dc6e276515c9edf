import Foundation
import TestKit
import Testing

/// Compares the help and the README with what the program parses.
@Suite(.scratchDirectory)
struct HelpTests {
    /// A command as the parser describes it.
    private struct Command: Decodable {
        struct Argument: Decodable {
            struct Name: Decodable { let kind: String, name: String }
            let names: [Name]?
        }
        let commandName: String
        let discussion: String?
        let arguments: [Argument]?
        let subcommands: [Command]?

        /// This command and those below it, each with its words; without the long form of the short verbs.
        func tree(_ words: [String] = []) -> [(words: [String], command: Command)] {
            let below = (subcommands ?? []).filter { !["help", "volume"].contains($0.commandName) }
            return [(words, self)] + below.flatMap { $0.tree(words + [$0.commandName]) }
        }
    }

    private func tree() async throws -> [(words: [String], command: Command)] {
        struct Help: Decodable { let command: Command }
        let run = try await volumectl("--experimental-dump-help")
        return try JSONDecoder().decode(Help.self, from: Data(run.output.utf8)).command.tree()
    }

    private static let readme: String = {
        let file = URL(filePath: #filePath).appending(path: "../../../README.md").standardized
        return (try? String(contentsOf: file, encoding: .utf8)) ?? ""
    }()

    @Test func `the README names every command`() async throws {
        let rows = Self.readme.split(separator: "\n")
            .map { row in
                Set(row.matches(of: /`([^`]+)`/).flatMap { $0.1.split(separator: " ") })
            }
        for (words, command) in try await tree() where command.subcommands?.isEmpty ?? true {
            #expect(rows.contains { $0.isSuperset(of: words.map { $0[...] }) }, "\(words.joined(separator: " "))")
        }
    }

    @Test func `every option that the README and the topics of help name is one of the program`() async throws {
        let names = Set(
            try await tree().flatMap { $0.command.arguments ?? [] }.flatMap { $0.names ?? [] }
                .filter { $0.kind == "long" }.map(\.name)
        )
        var text = String(Self.readme.drop { $0 != "|" })
        for topic in ["sizes", "filters", "output", "environment", "exit-codes"] {
            text += try await volumectl("help", topic).output
        }
        for option in Set(text.matches(of: /--([a-z][a-z-]+)/).map { String($0.1) }) {
            #expect(names.contains(option), "--\(option)")
        }
    }

    @Test func `no line of a help text is broken into two`() async throws {
        for (words, command) in try await tree() {
            // The parser breaks the lines of a paragraph, but does not join them.
            for paragraph in command.discussion?.split(separator: "\n\n") ?? [] where paragraph.contains("\n") {
                let lines = paragraph.split(separator: "\n")
                #expect(lines.allSatisfy { $0.count <= 80 }, "\(words.joined(separator: " ")): \(paragraph)")
            }
        }
    }
}
