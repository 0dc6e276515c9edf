import Identity
import TestKit
import Testing
import VolumeDriver

@testable import RBDDriver

/// A pool of a cluster that answers as it is told.
struct Pool {
    let recorder = Recorder()
    let volume = VolumeID.random()
    let other = VolumeID.random()
    let snapshot = SnapshotID.random()
    let operation = OperationID.random()
    let gibibyte = ByteCount(gibibytes: 1) ?? .zero

    var driver: RBDDriver {
        get throws {
            let access = try CephAccess(pool: "volumes", user: "cinder")
            return RBDDriver(access, directory: ScratchDirectory.path, runner: recorder, patience: .zero)
        }
    }

    /// The volume's image, and another's.
    var image: String { "volumes/volume-\(volume)" }
    var otherImage: String { "volumes/volume-\(other)" }

    /// What `rbd info` says of an image.
    static func info(_ size: Int64, id: String = "10ee", parent: String? = nil, snapshot: String = "") -> String {
        let inherited =
            parent.map { #", "parent": {"pool": "volumes", "image": "\#($0)", "snapshot": "\#(snapshot)"}"# } ?? ""
        return #"{"name": "x", "id": "\#(id)", "size": \#(size)\#(inherited)}"#
    }

    /// What `rbd snap ls` says of one snapshot.
    static func snapshots(_ names: String..., size: Int64 = 1 << 30) -> String {
        "["
            + names.map { #"{"id": 4, "name": "\#($0)", "size": \#(size), "protected": "true"}"# }
            .joined(separator: ", ")
            + "]"
    }
}
