import Foundation
import Subprocess
import TestKit
import Testing

/// A method that would never be called does not compile. The tests run the compiler with their own build of the module.
@Suite(
    .enabled("there is no compiler here that reads the built module") { await Compiler.readsModule() },
    .scratchDirectory
)
struct NearMissTests {
    @Test(arguments: [
        ("FlowTask", "RevertibleTask"), ("PureTask", "RevertibleTask"),
    ])
    func `a revert of a task that is not revertible`(kind: String, meant: String) async throws {
        let task = { (conformance: String) in
            """
            struct Reserve: \(conformance) {
                struct Input: Fields {}
                struct Output: Fields {}
                static let name = "reserve"
                func execute(_ input: Input) async throws -> Output { Output() }
                func revert(_ input: Input, after outcome: Outcome<Output>) async throws {}
            }
            """
        }
        #expect(try await Compiler.complaints(about: task(meant)).isEmpty)
        let complaints = try await Compiler.complaints(about: task(kind))
        #expect(complaints.contains("its revert would never be called: let it conform to \(meant)"), "\(complaints)")
    }

    @Test func `a revert of a revertible task with another signature`() async throws {
        let complaints = try await Compiler.complaints(
            about: """
                struct Reserve: RevertibleTask {
                    struct Input: Fields {}
                    struct Output: Fields {}
                    static let name = "reserve"
                    func execute(_ input: Input) async throws -> Output { Output() }
                    func revert(_ input: Input) async throws {}
                }
                """
        )
        #expect(complaints.contains("does not conform to protocol 'RevertibleTask'"), "\(complaints)")
    }

    @Test(arguments: ["throws", "async", "async throws"])
    func `a listener's method that can throw or suspend`(effects: String) async throws {
        for method in ["flowChanged(_ change: FlowChange)", "atomChanged(_ change: AtomChange)"] {
            let listener = { (effects: String) in "struct Bell: Listener { func \(method) \(effects) {} }" }
            #expect(try await Compiler.complaints(about: listener("")).isEmpty)
            let complaints = try await Compiler.complaints(about: listener(effects))
            #expect(complaints.contains("does not conform to protocol"), "\(complaints)")
        }
    }
}

/// The compiler in the search path.
private enum Compiler {
    private static let modules = BuiltProgram.path(of: "Modules/TaskFlow.swiftmodule")
        .map {
            URL(filePath: $0).deletingLastPathComponent().path
        }
    private static let systemLibrary = URL(filePath: #filePath).appending(path: "../../../Sources/CLibUUID")
        .standardized

    static func readsModule() async -> Bool {
        (try? await run("import TaskFlow", in: NSTemporaryDirectory()))?.isEmpty == true
    }

    /// Returns the compiler's output for a program that imports TaskFlow; empty if it compiles.
    static func complaints(about text: String) async throws -> String {
        try await run("import TaskFlow\n\n" + text, in: ScratchDirectory.path)
    }

    private static func run(_ text: String, in directory: String) async throws -> String {
        guard let modules else { throw CocoaError(.fileNoSuchFile) }
        let file = URL(filePath: directory).appending(path: "near-miss-\(UUID()).swift")
        try Data(text.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let result = try await Subprocess.run(
            .name("swiftc"),
            arguments: ["-typecheck", "-swift-version", "6", "-I", modules, "-I", systemLibrary.path, file.path],
            output: .discarded,
            error: .string(limit: 1 << 20)
        )
        let status = result.terminationStatus
        return status.isSuccess ? "" : "\(status)\n\(result.standardError)"
    }
}
