import Foundation
import TestKit
import Testing

/// Image files on the command line.
@Suite(.scratchDirectory)
struct ImageTests {
    private func image(_ name: String = "disk.raw") throws -> String {
        let path = "\(ScratchDirectory.path)/\(name)"
        try (Data("content".utf8) + Data(count: 1 << 20 - 7)).write(to: URL(filePath: path))
        return path
    }

    @Test func `create takes an image with its format, and shows the progress as told`() async throws {
        let path = try image()
        let made = try await volumectl("create", "data", "--image", path, "--image-format", "raw", "--progress", "json")
        expect(0, from: made)
        #expect(made.errors.contains(#"{"progress":{"completed_bytes":1048576,"total_bytes":1048576}}"#), "\(made)")
        #expect(try made.line.hasPrefix("data  1 MiB (1048576 bytes)  pool default  available"))
        let shown = try await volumectl("show", "data")
        #expect(shown.lines.contains { $0.contains("made of") && $0.contains("raw image \(path)") }, "\(shown)")
        let again = try await volumectl("create", "data", "1M", "--image", path, "--image-format", "raw")
        expect(0, from: again)
        #expect(again.notes.contains { $0.contains("already exists with this specification") })
        // Without a terminal and without a wish, nothing is shown.
        let silent = try await volumectl("create", "--image", path, "--image-format", "raw", "-q")
        #expect(silent.errors.isEmpty && silent.lines.count == 1, "\(silent)")
        #expect(Scratch.volumeFiles().count == 2)
    }

    @Test(arguments: [
        ["--image", "/disk.raw"], ["--image-format", "raw"], ["--image", "/disk.raw", "--image-format", "vmdk"],
        ["--image", "https://example.org/a", "--image-format", "raw"],
        ["--image", "/disk.raw", "--image-format", "raw", "--source", "other"],
        ["--image", "/disk.raw", "--image-format", "raw", "--snapshot", "other"],
        ["--image", "/dev/null", "--image-format", "raw"],
        ["--image", "/disk.raw", "--image-format", "raw", "--progress", "loud"],
    ])
    func `a malformed request is refused`(arguments: [String]) async throws {
        let run = try await volumectl(["create", "data"] + arguments)
        expect(64, from: run)
        #expect(try await volumectl("flow", "ls").notes.contains("no flows"))
    }
}
