import Foundation
import Programs
import TestKit
import Testing
import VolumeDriver

/// Volumes as devices of this host, for real.
@Suite(.enabled(if: canBindLoopDevices, "needs root, for loop devices"), .scratchDirectory)
struct AttachTests {
    struct Shown: Decodable {
        struct Use: Decodable {
            let kind: String
            let path: String?
            let uri: String?
            let mountPoint: String?
            let state: String?
        }
        let status: String
        let attachment: Use?
    }

    /// Runs the program with a directory for exports whose path is short enough for sockets.
    @discardableResult
    private func volumectl(_ words: String...) async throws -> Run { try await volumectl(words) }

    @discardableResult
    private func volumectl(_ words: [String]) async throws -> Run {
        let exports = ["VOLUMECTL_POOLS_DEFAULT_EXPORT_DIRECTORY": ScratchDirectory.path + "/x"]
        return try await VolumectlTests.volumectl(words, with: exports)
    }

    private func shown() async throws -> Shown { try await volumectl("show", "data", "-o", "json").json() }

    @discardableResult
    private func run(_ program: String, _ arguments: String...) async throws -> String {
        let result = try await SystemPrograms().run(ProgramCall(program, arguments))
        try #require(result.isSuccess, "\(program): \(result.messages)")
        return result.output
    }

    /// Runs `body` with a volume `data` that is in nobody's use afterwards, whatever comes of `body`.
    private func withVolume(_ body: () async throws -> Void) async throws {
        try await volumectl("create", "data", "64M")
        do {
            try await body()
        } catch {
            try await volumectl("umount", "data")
            try await volumectl("detach", "data")
            try await volumectl("unexport", "data")
            throw error
        }
        try await volumectl("umount", "data")
        expect(0, from: try await volumectl("detach", "data"))
        expect(0, from: try await volumectl("rm", "data", "-y"))
    }

    @Test func `an attached volume is a device until it is detached`() async throws {
        try await withVolume {
            let device = try await volumectl("attach", "data").line
            #expect(device.hasPrefix("/dev/loop"))
            #expect(try await run("blockdev", "--getsize64", device).hasPrefix("\(64 << 20)\n"))
            #expect(try await volumectl("attach", "data").line == device)
            let used = try await shown()
            #expect(used.status == "in-use" && used.attachment?.kind == "attached")
            #expect(used.attachment?.path == device && used.attachment?.state == "there")
            #expect(try await volumectl("ls", "-o", "wide").output.contains("attached at \(device) on host"))
            let refused = try await volumectl("rm", "data", "-y")
            expect(4, from: refused)
            #expect(try refused.error.cause?.contains(device) == true)
            #expect(try refused.error.remedies.first == "volumectl detach data")
            #expect(try await volumectl("detach", "data").lines.count == 1)
            let again = try await volumectl("detach", "data")
            expect(0, from: again)
            #expect(again.output.isEmpty && again.notes == ["note: volume \"data\" is not attached"])
            #expect(try await shown().status == "available")
        }
    }

    @Test func `a device that was freed behind the record's back is made anew`() async throws {
        try await withVolume {
            let device = try await volumectl("attach", "data").line
            try await run("losetup", "--detach", device)
            try await eventually { try await shown().attachment?.state == "gone" }
            #expect(try await volumectl("show", "data").output.contains("volumectl attach"))
            let anew = try await volumectl("attach", "data").line
            #expect(anew.hasPrefix("/dev/loop"))
            try await run("losetup", "--detach", anew)
            expect(0, from: try await volumectl("detach", "data"))
        }
    }

    @Test func `a device that somebody has mounted stays`() async throws {
        try await withVolume {
            let (device, place) = (try await volumectl("attach", "data").line, try Scratch.directory("place"))
            try await run("mkfs.ext4", "-q", device)
            try await run("mount", device, place)
            let refused = try await volumectl("detach", "data")
            try await run("umount", place)
            expect(4, from: refused)
            #expect(try await shown().attachment?.state == "there")
        }
    }

    @Test func `an empty volume gets a file system and is mounted, and keeps what is written`() async throws {
        try await withVolume {
            let place = try Scratch.directory("place")
            let file = place + "/file"
            for turn in 1...2 {
                expect(0, from: try await volumectl("mount", "data", place))
                let used = try await shown().attachment
                #expect(used?.kind == "mounted" && used?.mountPoint == place && used?.state == "there")
                #expect(try await run("stat", "--file-system", "--format=%T", place) == "ext2/ext3\n")
                // As often as somebody likes.
                expect(0, from: try await volumectl("mount", "data", place))
                if turn == 1 { try Data("kept".utf8).write(to: URL(filePath: file)) }
                #expect(try String(contentsOfFile: file, encoding: .utf8) == "kept")
                expect(0, from: try await volumectl("umount", "data"))
                #expect(!Scratch.exists(file))
                #expect(try await shown().attachment == nil)
            }
            let again = try await volumectl("umount", "data")
            expect(0, from: again)
            #expect(again.notes == ["note: volume \"data\" is not mounted"])
        }
    }

    @Test func `a file system that is in use stays mounted, and its volume in use`() async throws {
        try await withVolume {
            let place = try Scratch.directory("place")
            expect(0, from: try await volumectl("mount", "data", place))
            let file = try FileHandle(forReadingFrom: URL(filePath: place))
            let refused = try await volumectl("umount", "data")
            expect(4, from: refused)
            expect(4, from: try await volumectl("detach", "data"))
            #expect(try await shown().attachment?.state == "there")
            try file.close()
            expect(0, from: try await volumectl("umount", "data"))
        }
    }

    @Test func `data that is no file system is not overwritten`() async throws {
        try await withVolume {
            let (device, place) = (try await volumectl("attach", "data").line, try Scratch.directory("place"))
            let handle = try FileHandle(forUpdating: URL(filePath: device))
            try handle.seek(toOffset: 4096)
            try handle.write(contentsOf: Data("precious".utf8))
            try handle.close()
            // What is attached is not mounted as well.
            expect(4, from: try await volumectl("mount", "data", place))
            expect(0, from: try await volumectl("detach", "data"))
            let refused = try await volumectl("mount", "data", place)
            expect(7, from: refused)
            #expect(try refused.error.headline.contains("holds data that is not a file system"))
            #expect(try await shown().status == "available")
            let reader = try FileHandle(forReadingFrom: URL(filePath: try await volumectl("attach", "data").line))
            try reader.seek(toOffset: 4096)
            #expect(try reader.read(upToCount: 8) == Data("precious".utf8))
            try reader.close()
        }
    }

    @Test func `nothing is mounted where it would hide or be exchanged`() async throws {
        try await withVolume {
            let place = try Scratch.directory("place")
            try await run("mount", "-t", "tmpfs", "none", place)
            let taken = try await volumectl("mount", "data", place)
            try await run("umount", place)
            expect(4, from: taken)
            expect(4, from: try await volumectl("mount", "data", place + "/none"))
            let open = try Scratch.directory("open")
            try FileManager.default.createDirectory(atPath: open + "/place", withIntermediateDirectories: false)
            try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: open)
            expect(11, from: try await volumectl("mount", "data", open + "/place"))
            #expect(try await volumectl("flow", "ls", "-q").lines.count == 1)
        }
    }

    @Test(.enabled(if: ProgramPath.find("nbdinfo") != nil && ProgramPath.find("qemu-nbd") != nil, "needs nbd tools"))
    func `an exported volume is served until that is ended, also after its server was killed`() async throws {
        try await withVolume {
            let uri = try await volumectl("export", "data").line
            #expect(uri.hasPrefix("nbd+unix:///"))
            #expect(try await run("nbdinfo", "--size", uri) == "\(64 << 20)\n")
            #expect(try await volumectl("export", "data").line == uri)
            for arguments in [["attach", "data"], ["rm", "data", "-y"]] {
                let refused = try await volumectl(arguments)
                expect(4, from: refused)
                #expect(try refused.error.remedies.first == "volumectl unexport data")
            }
            let socket = try #require(uri.split(separator: "=").last?.removingPercentEncoding)
            let pid = try String(contentsOfFile: socket + ".pid", encoding: .utf8)
            try await run("kill", "-KILL", pid.trimmingCharacters(in: .whitespacesAndNewlines))
            try await eventually { try await shown().attachment?.state == "gone" }
            #expect(try await volumectl("export", "data").line == uri)
            #expect(try await run("nbdinfo", "--size", uri) == "\(64 << 20)\n")
            expect(0, from: try await volumectl("unexport", "data"))
            let again = try await volumectl("unexport", "data")
            expect(0, from: again)
            #expect(again.notes == ["note: volume \"data\" is not exported"])
        }
    }
}
