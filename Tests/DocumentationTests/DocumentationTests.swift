import Foundation
import TaskFlow
import Testing

/// Compares the listings and tables of TaskFlow's documentation with the code.
struct DocumentationTests {
    static let root = URL(filePath: #filePath).appending(path: "../../..").standardized
    static let catalog = root.appending(path: "Sources/TaskFlow/TaskFlow.docc")
    static let pages =
        (try? FileManager.default.contentsOfDirectory(atPath: catalog.path))?
        .filter { $0.hasSuffix(".md") }.sorted() ?? []

    @Test func `there are pages`() { #expect(Self.pages.contains("Tutorial.md")) }

    @Test(arguments: pages)
    func `every listing is code that the examples compile and run`(page: String) throws {
        let text = try String(contentsOf: Self.catalog.appending(path: page), encoding: .utf8)
        let folder = Self.root.appending(path: "Examples/tutorial")
        let sources = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            .filter { $0.hasSuffix(".swift") }
            .map { try String(contentsOf: folder.appending(path: $0), encoding: .utf8) }
        for listing in text.matches(of: /```swift\n((?s).*?)\n```/).map({ String($0.1) }) {
            #expect(sources.contains { $0.flattened.contains(listing.flattened) }, "\(page) has\n\(listing)")
        }
    }

    /// Regenerate the page with `UPDATE_STATES=yes swift test --filter DocumentationTests`.
    @Test func `the tables and diagrams of states are those of the code`() throws {
        let page = Self.catalog.appending(path: "States.md")
        if ProcessInfo.processInfo.environment["UPDATE_STATES"] != nil {
            try Self.states.write(to: page, atomically: true, encoding: .utf8)
        }
        #expect(try String(contentsOf: page, encoding: .utf8) == Self.states)
    }

    private static let states: String = {
        let machines: [(String, String, StateDiagram)] = [
            ("Flow", "The transitions of ``FlowState``.", StateDiagram(of: FlowState.self)),
            (
                "Task", "The transitions of ``AtomState`` for a task.",
                StateDiagram(of: AtomState.self, without: [.retrying])
            ),
            (
                "Retry", "The transitions of ``AtomState`` for a retry, which may also be `RETRYING`.",
                StateDiagram(of: AtomState.self)
            ),
            (
                "Engine", "The transitions of ``EngineState``, which ``Engine/states()`` returns.",
                StateDiagram(of: EngineState.self)
            ),
        ]
        let sections = machines.map { title, text, diagram in
            "## \(title)\n\n\(text)\n\n\(diagram.table)\n\n```mermaid\n\(diagram.mermaid)\n```\n"
        }
        let head = "# States\n\nThe states and their transitions, generated from the tables that the engine uses.\n"
        return ([head] + sections).joined(separator: "\n")
    }()
}

extension String {
    /// Without indentation, which differs where a listing is a part of a function.
    fileprivate var flattened: String {
        split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.trimmingCharacters(in: .whitespaces) }.joined(separator: "\n")
    }
}
