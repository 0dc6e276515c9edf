import Identity
import TestKit
import Testing
import VolumeDriver

@testable import RBDDriver

/// A pool whose tools return the test's answers.
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

    /// The output of `rbd info`.
    static func info(_ size: Int64, id: String = "10ee", parent: String? = nil, snapshot: String = "") -> String {
        let inherited =
            parent.map { #", "parent": {"pool": "volumes", "image": "\#($0)", "snapshot": "\#(snapshot)"}"# } ?? ""
        return #"{"name": "x", "id": "\#(id)", "size": \#(size)\#(inherited)}"#
    }

    /// The output of `rbd snap ls`.
    static func snapshots(_ names: String..., size: Int64 = 1 << 30) -> String {
        "["
            + names.map { #"{"id": 4, "name": "\#($0)", "size": \#(size), "protected": "true"}"# }
            .joined(separator: ", ")
            + "]"
    }
}
