import Foundation
import TestKit
import Testing

/// An error in its form for people: what failed, why, the state of things now, and what to do.
struct ErrorText: Sendable {
    let headline: String
    let cause: String?
    /// The table of the scheduler's verdicts, with its header.
    let verdicts: [String]
    let aftermath: String
    let remedies: [String]

    /// Parses `text`; fails the test when a part is missing or something is left over.
    init(_ text: String) throws {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)[...]
        let end = lines.popLast()
        #expect(end?.isEmpty == true, "it ends a line: \(text)")
        lines = lines.drop { $0.hasPrefix("note: ") || $0.hasPrefix("warning: ") || $0.hasPrefix("recover") }
        let first = lines.popFirst()?.after("error: ")
        headline = try #require(first, "it has a headline: \(text)")
        cause = Self.take("cause: ", from: &lines)?.joined(separator: "\n")
        if lines.first == "" {
            lines.removeFirst()
            let end = try #require(lines.firstIndex(of: ""), "a blank line ends the verdicts: \(text)")
            verdicts = lines[..<end].map { $0.trimmingCharacters(in: .whitespaces) }
            lines = lines[(end + 1)...]
        } else {
            verdicts = []
        }
        let state = lines.popFirst().flatMap { $0.hasPrefix("try:") || $0.hasPrefix(" ") ? nil : $0 }
        aftermath = try #require(state, "it says what the world looks like: \(text)")
        let last = Self.take("try:  ", from: &lines)
        remedies = try #require(last, "it says what to do: \(text)")
        #expect((1...3).contains(remedies.count), "it says what to do: \(text)")
        #expect(lines.isEmpty, "nothing follows: \(text)")
    }

    /// The lines of a part: the first after its label, the others below it.
    private static func take(_ head: String, from lines: inout ArraySlice<String>) -> [String]? {
        guard let first = lines.first?.after(head) else { return nil }
        lines.removeFirst()
        let indent = String(repeating: " ", count: head.count)
        let others = lines.prefix { $0.hasPrefix(indent) }
        lines = lines.dropFirst(others.count)
        return [first] + others.map { String($0.dropFirst(head.count)) }
    }
}

extension String {
    fileprivate func after(_ head: String) -> String? { hasPrefix(head) ? String(dropFirst(head.count)) : nil }
}

/// Expects that a suggested command is valid, by running it on a separate state.
func expectAccepted(_ remedies: [String], sourceLocation: SourceLocation = #_sourceLocation) async throws {
    for remedy in remedies where remedy.hasPrefix("volumectl ") {
        let words = Array(remedy.shellWords.dropFirst())
        let run = try await volumectl(words, with: ["VOLUMECTL_STATE_DIRECTORY": ScratchDirectory.path + "/remedies"])
        #expect(run.status != nil && run.status != 64, "\(run)", sourceLocation: sourceLocation)
    }
}
