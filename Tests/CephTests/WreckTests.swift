import Foundation
import Identity
import RBDDriver
import TestKit
import Testing
import VolumeDriver

/// What tools leave that were killed, and what becomes of it.
@Suite(.needsCluster, .scratchDirectory)
struct WreckTests {
    let volume = VolumeID.random()
    let size = ByteCount(bytes: 16 << 20) ?? .zero

    private struct Info: Decodable {
        let id: String
    }

    @Test(arguments: ["header", "id", "directory"])
    func `an incomplete image is partial; a create completes it, and a delete removes all of it`(part: String)
        async throws
    {
        let driver = try Cluster.driver()
        for isDeleted in [true, false] {
            try await driver.create(volume, size: size, operation: .random())
            try await Self.damage(volume.backendName, part)
            #expect(try await driver.inspect(volume) == .partial)
            if part != "directory" {
                #expect(try await driver.list().contains(BackendVolume(id: volume, presence: .partial)))
            }
            if isDeleted {
                try await driver.delete(volume, operation: .random())
                #expect(try await driver.inspect(volume) == .absent)
            } else {
                try await driver.create(volume, size: size, operation: .random())
                #expect(try await driver.inspect(volume) == .complete(size))
                try await driver.delete(volume, operation: .random())
            }
            #expect(try await !Cluster.tool("rados", "--pool", "volumes", "ls").contains(volume.description))
        }
    }

    @Test(arguments: 1...12)
    func `a create that was killed at any moment is completed by the next create`(moment: Int) async throws {
        let creation = ["rbd", "create", "--size", "16M", "volumes/\(volume.backendName)"]
        // `timeout` ends with the signal that it sends, or with the status of a command that was faster.
        _ = try await Cluster.result("timeout", ["--signal=KILL", "\(Double(moment) * 0.008)"] + creation)
        let driver = try Cluster.driver()
        try await driver.create(volume, size: size, operation: .random())
        #expect(try await driver.inspect(volume) == .complete(size))
        try await driver.delete(volume, operation: .random())
        #expect(try await driver.inspect(volume) == .absent)
    }

    @Test(arguments: ["clone", "grow"])
    func `the delete of a clone that was killed removes its leftovers on the source`(kind: String) async throws {
        let driver = try Cluster.driver()
        let clone = VolumeID.random()
        try await driver.create(volume, size: size, operation: .random())
        let scaffold = "volumes/\(volume.backendName)@\(kind)-\(clone)"
        try await Cluster.run("rbd", ["snap", "create", "--no-progress", scaffold])
        try await Cluster.run("rbd", ["snap", "protect", scaffold])
        try await driver.delete(clone, operation: .random())
        let snapshots = try await Cluster.tool("rbd", "snap", "ls", "--format", "json", "volumes/\(volume.backendName)")
        #expect(!snapshots.contains(clone.description))
        try await driver.delete(volume, operation: .random())
    }

    /// Takes a part of the image away, as somebody would who is killed before it is made.
    private static func damage(_ image: String, _ part: String) async throws {
        let info = try await Cluster.tool("rbd", "info", "--format", "json", "volumes/\(image)")
        let id = try JSONDecoder().decode(Info.self, from: Data(info.utf8)).id
        let rados = ["--pool", "volumes"]
        func remove(_ object: String) async throws { try await Cluster.run("rados", rados + ["rm", object]) }
        switch part {
        case "header": try await remove("rbd_header.\(id)")
        case "id": try await remove("rbd_id.\(image)")
        default:
            try await remove("rbd_header.\(id)")
            for key in ["name_\(image)", "id_\(id)"] {
                try await Cluster.run("rados", rados + ["rmomapkey", "rbd_directory", key])
            }
        }
        try? await remove("rbd_object_map.\(id)")
    }
}
