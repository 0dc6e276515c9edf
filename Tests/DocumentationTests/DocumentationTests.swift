import Foundation
import TaskFlow
import Testing

/// What TaskFlow's documentation shows, held against the code.
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

    /// Made anew by `UPDATE_STATES=yes swift test --filter DocumentationTests`.
    @Test func `the tables and diagrams of states are those of the code`() throws {
        let page = Self.catalog.appending(path: "States.md")
        if ProcessInfo.processInfo.environment["UPDATE_STATES"] != nil {
            try Self.states.write(to: page, atomically: true, encoding: .utf8)
        }
        #expect(try String(contentsOf: page, encoding: .utf8) == Self.states)
    }

    private static let states: String = {
        let machines: [(String, String, StateDiagram)] = [
            ("Flow", "What ``FlowState`` may follow which.", StateDiagram(of: FlowState.self)),
            (
                "Task", "What ``AtomState`` of a task may follow which.",
                StateDiagram(of: AtomState.self, without: [.retrying])
            ),
            ("Retry", "A retry may also be `RETRYING`.", StateDiagram(of: AtomState.self)),
            (
                "Engine", "What ``EngineState`` may follow which; ``Engine/states()`` gives them.",
                StateDiagram(of: EngineState.self)
            ),
        ]
        let sections = machines.map { title, text, diagram in
            "## \(title)\n\n\(text)\n\n\(diagram.table)\n\n```mermaid\n\(diagram.mermaid)\n```\n"
        }
        let head = "# States\n\nWhich state may follow which: made from the tables that the engine obeys.\n"
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
