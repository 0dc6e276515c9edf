import Foundation
import Programs
import TestKit
import Testing
import VolumeDriver

/// The calls of Nomad's client, with nothing in the environment but what it passes and where the test's volumes are.
@Suite(.scratchDirectory)
struct NomadTests {
    private struct Failure: Decodable { let error: String }
    private struct Created: Decodable, Equatable { let path: String, bytes: Int64 }

    private static let id = "d688ff7a-d299-11ef-ae3c-6f2400953c18"
    private var path: String { ScratchDirectory.path + "/volumes/" + Self.id }

    private func nomad(_ operation: String, _ changes: [String: String] = [:]) async throws -> Run {
        let variables = [
            "DHV_OPERATION": operation, "DHV_VOLUMES_DIR": try Scratch.directory("volumes"), "DHV_VOLUME_ID": Self.id,
            "DHV_VOLUME_NAME": "web", "DHV_NAMESPACE": "default", "DHV_NODE_ID": "n1", "DHV_NODE_POOL": "default",
            "DHV_PLUGIN_DIR": "/opt/nomad/plugins", "DHV_CAPACITY_MIN_BYTES": "16777216", "DHV_CAPACITY_MAX_BYTES": "0",
            "DHV_PARAMETERS": "null",
        ]
        let bare = ["env", "--unset=PATH", "--unset=HOME", "--unset=LC_ALL"]
        return try await volumectl(operation, with: variables.merging(changes) { $1 }, under: bare)
    }

    private func run(_ program: String, _ arguments: String...) async throws -> String {
        let result = try await SystemPrograms().run(ProgramCall(program, arguments))
        try #require(result.isSuccess, "\(program): \(result.messages)")
        return result.output
    }

    /// Runs `body`, and leaves no mount behind, whatever comes of it.
    private func cleaning(_ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch {
            _ = try await nomad("delete")
            throw error
        }
        expect(0, from: try await nomad("delete"))
        #expect(!Scratch.exists(path))
        #expect(Scratch.volumeFiles() == [])
    }

    @Test func `the fingerprint is the program's version, whatever the configuration`() async throws {
        struct Fingerprint: Decodable { let version: String }
        let run = try await nomad("fingerprint", ["VOLUMECTL_CONFIG": "/nowhere"])
        let version = try run.json(as: Fingerprint.self).version
        #expect(version.wholeMatch(of: /[0-9]+\.[0-9]+\.[0-9]+/) != nil)
        #expect(!Scratch.exists(Scratch.database))
    }

    @Test(arguments: [
        (["DHV_VOLUME_ID": "../../etc"], "DHV_VOLUME_ID"), (["DHV_VOLUMES_DIR": "volumes"], "DHV_VOLUMES_DIR"),
        (["DHV_CAPACITY_MIN_BYTES": "0"], "capacity_min"), (["DHV_CAPACITY_MIN_BYTES": "-1"], "number of bytes"),
        (["DHV_CAPACITY_MAX_BYTES": "4096"], "more than capacity_max"),
        (["DHV_PARAMETERS": #"{"fs":"ntfs"}"#], "ext4 or xfs"),
        (["DHV_PARAMETERS": #"{"pol":"a"}"#], "fs, pool and type"),
        (["DHV_PARAMETERS": "[]"], "JSON object"), (["DHV_VOLUME_NAME": "a\u{1}"], "label"),
    ])
    func `a request that can't be met is refused with words that Nomad shows`(
        changes: [String: String],
        words: String
    ) async throws {
        let run = try await nomad("create", changes)
        let failure: Failure = try run.json(status: 64)
        #expect(failure.error.contains(words) && run.errors.contains(words), "\(run)")
        #expect(Scratch.volumeFiles() == [] && !Scratch.exists(path))
    }

    @Test(.enabled(if: canBindLoopDevices, "needs root, for loop devices"))
    func `a volume is created, mounted, mounted again after a reboot, and deleted, however often each is repeated`()
        async throws
    {
        try await cleaning {
            let created: Created = try await nomad("create").json()
            #expect(created == Created(path: path, bytes: 16_777_216))
            #expect(try await run("stat", "--file-system", "--format=%T", path) == "ext2/ext3\n")
            try Data("kept".utf8).write(to: URL(filePath: path + "/file"))
            #expect(try await nomad("create").json() == created)
            let device = try await run("findmnt", "--noheadings", "--output", "SOURCE", path)
            // As a reboot leaves it.
            _ = try await run("umount", path)
            _ = try await run("losetup", "--detach", device.trimmingCharacters(in: .newlines))
            try FileManager.default.removeItem(atPath: path)
            #expect(try await nomad("create").json() == created)
            #expect(try String(contentsOfFile: path + "/file", encoding: .utf8) == "kept")
            let larger = try await nomad("create", ["DHV_CAPACITY_MIN_BYTES": "33554432"])
            #expect(try larger.json(as: Failure.self, status: 4).error.contains("smaller than Nomad requests"))
            // As a deletion that was killed between its steps leaves it.
            expect(0, from: try await volumectl("umount", Self.id))
            expect(0, from: try await volumectl("rm", Self.id, "-y"))
            #expect(Scratch.exists(path))
        }
        let again = try await nomad("delete")
        expect(0, from: again)
        #expect(again.output.isEmpty)
    }

    @Test(.enabled(if: canBindLoopDevices, "needs root, for loop devices"))
    func `a new volume that can't be mounted is removed again`() async throws {
        try await cleaning {
            // Too small for xfs.
            let run = try await nomad("create", ["DHV_PARAMETERS": #"{"fs":"xfs"}"#])
            let failure: Failure = try run.json(status: 7)
            #expect(failure.error.contains("mkfs.xfs") && failure.error.contains("the new volume was removed again"))
            #expect(!Scratch.exists(path) && Scratch.volumeFiles() == [])
        }
    }

    @Test(.enabled(if: canBindLoopDevices, "needs root, for loop devices"))
    func `a volume in use is not deleted, and Nomad is told by what`() async throws {
        try await cleaning {
            _ = try await nomad("create").json(as: Created.self)
            let file = try FileHandle(forReadingFrom: URL(filePath: path))
            let refused = try await nomad("delete")
            try file.close()
            #expect(try refused.json(as: Failure.self, status: 4).error.contains(Self.id))
            #expect(Scratch.volumeFiles().count == 1)
        }
    }
}
