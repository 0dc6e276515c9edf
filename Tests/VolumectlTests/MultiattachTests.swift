import Foundation
import Programs
import SystemPackage
import TestKit
import Testing

/// Volumes that several holders use at once, for real.
@Suite(.enabled(if: canBindLoopDevices, "needs root, for loop devices"), .scratchDirectory)
struct MultiattachTests {
    struct Shown: Decodable {
        struct Use: Decodable {
            let holder: String?
            let path: String?
            let state: String?
        }
        let status: String
        let multiattach: Bool
        let attachment: Use?
        let attachments: [Use]?
    }

    /// Runs the program with a directory for exports whose path is short enough for sockets.
    @discardableResult
    private func volumectl(_ words: String...) async throws -> Run {
        let exports = ["VOLUMECTL_POOLS_DEFAULT_EXPORT_DIRECTORY": ScratchDirectory.path + "/x"]
        return try await VolumectlTests.volumectl(words, with: exports)
    }

    private func shown() async throws -> Shown { try await volumectl("show", "data", "-o", "json").json() }

    /// Runs `body` with a volume `data` that nobody uses afterwards, whatever comes of `body`.
    private func withVolume(_ options: String..., body: () async throws -> Void) async throws {
        let exports = ["VOLUMECTL_POOLS_DEFAULT_EXPORT_DIRECTORY": ScratchDirectory.path + "/x"]
        expect(0, from: try await VolumectlTests.volumectl(["create", "data", "64M"] + options, with: exports))
        do {
            try await body()
        } catch {
            for verb in ["detach", "unexport"] { try await volumectl(verb, "data", "--all") }
            throw error
        }
        for verb in ["detach", "unexport"] { expect(0, from: try await volumectl(verb, "data", "--all")) }
        expect(0, from: try await volumectl("rm", "data", "-y"))
    }

    @Test func `the holders share a device, and read what the others write`() async throws {
        try await withVolume("--multiattach") {
            let device = try await volumectl("attach", "data", "--holder", "vm1").line
            #expect(try await volumectl("attach", "data", "--holder", "vm2").line == device)
            let writer = try FileHandle(forUpdating: URL(filePath: device))
            let reader = try FileHandle(forReadingFrom: URL(filePath: device))
            try writer.write(contentsOf: Data("from vm1".utf8))
            #expect(try reader.read(upToCount: 8) == Data("from vm1".utf8))
            for file in [writer, reader] { try file.close() }
            let used = try await shown()
            #expect(used.multiattach && used.attachments?.map(\.holder) == ["vm1", "vm2"])
            #expect(used.attachments?.allSatisfy { $0.path == device && $0.state == "there" } == true)
            #expect(used.attachment?.holder == "vm1")
            let text = try await volumectl("show", "data").output
            #expect(text.contains("for vm1 since") && text.contains("for vm2 since"))
            let left = try await volumectl("detach", "data", "--holder", "vm1")
            #expect(try left.line.hasSuffix("detached  in use by 1 other holder"))
            #expect(try await shown().attachments?.map(\.state) == ["there"])
            let again = try await volumectl("detach", "data", "--holder", "vm1")
            expect(0, from: again)
            #expect(again.notes == ["note: volume \"data\" is not attached for holder \"vm1\""])
            #expect(try await volumectl("detach", "data").line.hasSuffix("detached"))
            #expect(try await shown().status == "available")
        }
    }

    @Test func `what is refused says how to end it, in commands that work`() async throws {
        try await withVolume("--multiattach") {
            for holder in ["vm1", "vm2"] { try await volumectl("attach", "data", "--holder", holder) }
            let unnamed = try await volumectl("detach", "data")
            expect(4, from: unnamed)
            #expect(
                try unnamed.error.remedies == [
                    "volumectl detach --holder vm1 data", "volumectl detach --holder vm2 data",
                    "volumectl detach --all data",
                ]
            )
            let removal = try await volumectl("rm", "data", "-y")
            expect(4, from: removal)
            for holder in ["vm1", "vm2"] { #expect(try removal.error.cause?.contains("for \(holder)") == true) }
            let place = try Scratch.directory("place")
            let mount = try await volumectl("mount", "data", place)
            expect(4, from: mount)
            #expect(try mount.error.cause?.contains("a mounted file system is used alone") == true)
            #expect(try mount.error.remedies.first == "volumectl detach --all data")
            expect(64, from: try await volumectl("attach", "data", "--holder", "../vm"))
            expect(64, from: try await volumectl("detach", "data", "--holder", "vm1", "--all"))
            expect(0, from: try await volumectl("detach", "--all", "data"))
            expect(0, from: try await volumectl("mount", "data", place))
            let beside = try await volumectl("attach", "data", "--holder", "vm1")
            expect(0, from: try await volumectl("umount", "data"))
            expect(4, from: beside)
            #expect(try beside.error.remedies.first == "volumectl umount data")
        }
    }

    @Test func `any other volume has one holder`() async throws {
        try await withVolume {
            let device = try await volumectl("attach", "data", "--holder", "vm1").line
            let refused = try await volumectl("attach", "data", "--holder", "vm2")
            expect(4, from: refused)
            #expect(try refused.error.cause?.contains("for vm1") == true)
            #expect(try refused.error.remedies.first == "volumectl detach --holder vm1 data")
            #expect(try await volumectl("attach", "data", "--holder", "vm1").line == device)
            expect(0, from: try await volumectl("detach", "data"))
        }
    }

    @Test(.enabled(if: ProgramPath.find("qemu-io") != nil && ProgramPath.find("qemu-nbd") != nil, "needs qemu-utils"))
    func `the holders' clients are connected to one server at once`() async throws {
        try await withVolume("--multiattach") {
            let uri = try await volumectl("export", "data", "--holder", "vm1").line
            #expect(try await volumectl("export", "data", "--holder", "vm2").line == uri)
            let first = try NBDClient(of: uri)
            try first.send("write -P 7 0 64k")
            // The first client stays connected while the second one reads what it has written, and writes.
            let second = ProgramCall(
                "qemu-io",
                ["-f", "raw", uri, "-c", "read -P 7 0 64k", "-c", "write -P 9 64k 64k"]
            )
            try await eventually { try await SystemPrograms().run(second).isSuccess }
            expect(4, from: try await volumectl("unexport", "data", "--all"))
            expect(0, from: try await volumectl("unexport", "data", "--holder", "vm2"))
            try first.send("read -P 9 64k 64k")
            let words = try await first.end()
            #expect(words.contains("read 65536/65536") && !words.contains("failed"), "\(words)")
            expect(0, from: try await volumectl("unexport", "data", "--holder", "vm1"))
            #expect(try await shown().status == "available")
        }
    }
}

/// A client of an NBD server that does what it is told, and stays connected in between.
private struct NBDClient {
    private let id: pid_t
    private let input: FileDescriptor
    private let output: String

    init(of uri: String) throws {
        output = ScratchDirectory.path + "/client"
        let pipe = try FileDescriptor.pipe()
        let words = try FileDescriptor.open(
            FilePath(output),
            .writeOnly,
            options: [.create, .closeOnExec],
            permissions: .ownerReadWrite
        )
        defer {
            try? pipe.readEnd.close()
            try? words.close()
        }
        input = pipe.writeEnd
        _ = fcntl(input.rawValue, F_SETFD, FD_CLOEXEC)
        let start = ProcessStart(
            arguments: ["qemu-io", "-f", "raw", uri],
            environment: [],
            files: [pipe.readEnd.rawValue, words.rawValue, words.rawValue],
            directory: ScratchDirectory.path
        )
        id = try start.execute(try #require(ProgramPath.find("qemu-io")))
    }

    func send(_ command: String) throws { try input.writeAll("\(command)\n".utf8) }

    /// Disconnects it, and returns what it has written.
    func end() async throws -> String {
        try input.close()
        try await eventually { waitpid(id, nil, WNOHANG) == id }
        return try String(contentsOfFile: output, encoding: .utf8)
    }
}
