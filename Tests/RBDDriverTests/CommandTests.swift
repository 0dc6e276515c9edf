import Exports
import Foundation
import Identity
import Programs
import TestKit
import Testing
import VolumeDriver

@testable import RBDDriver

/// The exact commands that the driver executes.
@Suite(.scratchDirectory)
struct CommandTests {
    let pool = Pool()

    @Test func `a create is one command with the cluster, the user and both time limits as arguments`() async throws {
        try await pool.driver.create(pool.volume, size: pool.gibibyte, operation: pool.operation)
        #expect(pool.recorder.calls == ["rbd create --no-progress --size 1073741824B \(pool.image)"])
        let call = try #require(pool.recorder.whole.first)
        #expect(Array(call.arguments.prefix(Recorder.options.count)) == Recorder.options)
        #expect(call.input == nil)
        #expect(call.timeLimit == .seconds(60))
    }

    @Test func `a keyring is passed to Ceph's tools by an option, and to QEMU's by the environment`() async throws {
        let access = try CephAccess(pool: "volumes", keyring: "/etc/ceph/key")
        let driver = RBDDriver(access, directory: ScratchDirectory.path, runner: pool.recorder)
        try await driver.create(pool.volume, size: pool.gibibyte, operation: pool.operation)
        #expect(pool.recorder.whole.first?.arguments.contains(["--keyring", "/etc/ceph/key"]) == true)
        #expect(driver.disk(pool.volume).environment == ["CEPH_KEYRING": "/etc/ceph/key"])
    }

    @Test func `a delete looks first, to know the source of the image`() async throws {
        pool.recorder.answer("rbd info", Pool.info(1 << 30))
        pool.recorder.answer("rbd snap ls", "[]")
        try await pool.driver.delete(pool.volume, operation: pool.operation)
        #expect(
            pool.recorder.calls == [
                "rbd info --format json \(pool.image)",
                "rbd snap ls --format json \(pool.image)",
                "rbd rm --no-progress \(pool.image)",
            ]
        )
    }

    @Test(arguments: [0, 1])
    func `a delete lists the snapshots unless the image has none`(snapshots: Int) async throws {
        pool.recorder.answer("rbd info", #"{"name": "x", "id": "10ee", "size": 4096, "snapshot_count": \#(snapshots)}"#)
        pool.recorder.answer("rbd snap ls", "[]")
        try await pool.driver.delete(pool.volume, operation: pool.operation)
        let isAsked = pool.recorder.calls.contains("rbd snap ls --format json \(pool.image)")
        #expect(isAsked == (snapshots > 0))
        #expect(pool.recorder.calls.last == "rbd rm --no-progress \(pool.image)")
    }

    @Test func `an extend is one command`() async throws {
        try await pool.driver.extend(pool.volume, to: pool.gibibyte, operation: pool.operation)
        #expect(pool.recorder.calls == ["rbd resize --no-progress --size 1073741824B \(pool.image)"])
    }

    @Test func `a snapshot is created, then protected`() async throws {
        try await pool.driver.createSnapshot(pool.snapshot, of: pool.volume, operation: pool.operation)
        let snapshot = "\(pool.image)@snapshot-\(pool.snapshot)"
        #expect(
            pool.recorder.calls == ["rbd snap create --no-progress \(snapshot)", "rbd snap protect \(snapshot)"]
        )
    }

    @Test func `a snapshot with clones has them flattened before it is unprotected and removed`() async throws {
        let snapshot = "\(pool.image)@snapshot-\(pool.snapshot)"
        pool.recorder.answer("rbd snap unprotect", status: 16)
        pool.recorder.answer(
            "rbd children",
            #"[{"pool": "volumes", "pool_namespace": "", "image": "volume-\#(pool.other)"}]"#
        )
        try await pool.driver.deleteSnapshot(pool.snapshot, of: pool.volume, operation: pool.operation)
        #expect(
            pool.recorder.calls == [
                "rbd snap unprotect \(snapshot)",
                "rbd children --format json \(snapshot)",
                "rbd flatten --no-progress \(pool.otherImage)",
                "rbd snap unprotect \(snapshot)",
                "rbd snap rm --no-progress \(snapshot)",
            ]
        )
    }

    @Test func `a volume from a snapshot of its size is a clone, created in one step`() async throws {
        let snapshot = "snapshot-\(pool.snapshot)"
        pool.recorder.answer("rbd snap ls", Pool.snapshots(snapshot))
        pool.recorder.answer("rbd info", Pool.info(1 << 30))
        try await pool.driver.create(
            pool.volume,
            size: pool.gibibyte,
            from: pool.snapshot,
            of: pool.other,
            operation: pool.operation
        )
        #expect(
            pool.recorder.calls == [
                "rbd snap ls --format json \(pool.otherImage)",
                "rbd clone \(pool.otherImage)@\(snapshot) \(pool.image)",
                "rbd info --format json \(pool.image)",
            ]
        )
    }

    @Test func `a larger volume from a snapshot is marked as unfinished until it has its size`() async throws {
        let snapshot = "snapshot-\(pool.snapshot)"
        pool.recorder.answer("rbd snap ls", Pool.snapshots(snapshot))
        pool.recorder.answer("rbd info", Pool.info(1 << 30))
        let size = try #require(ByteCount(gibibytes: 2))
        try await pool.driver.create(
            pool.volume,
            size: size,
            from: pool.snapshot,
            of: pool.other,
            operation: pool.operation
        )
        let mark = "\(pool.otherImage)@grow-\(pool.volume)"
        #expect(
            pool.recorder.calls.dropFirst() == [
                "rbd snap create --no-progress \(mark)",
                "rbd snap protect \(mark)",
                "rbd clone \(pool.otherImage)@\(snapshot) \(pool.image)",
                "rbd info --format json \(pool.image)",
                "rbd resize --no-progress --size 2147483648B \(pool.image)",
                "rbd snap unprotect \(mark)",
                "rbd snap rm --no-progress \(mark)",
            ]
        )
    }

    @Test func `a clone of a volume is flattened, and the snapshot that it needed removed`() async throws {
        pool.recorder.answer("rbd info", Pool.info(1 << 30))
        pool.recorder.answer("rbd info", Pool.info(1 << 30))
        try await pool.driver.clone(pool.other, as: pool.volume, size: pool.gibibyte, operation: pool.operation)
        let scaffold = "\(pool.otherImage)@clone-\(pool.volume)"
        #expect(
            pool.recorder.calls == [
                "rbd info --format json \(pool.otherImage)",
                "rbd snap create --no-progress \(scaffold)",
                "rbd snap protect \(scaffold)",
                "rbd clone \(scaffold) \(pool.image)",
                "rbd info --format json \(pool.image)",
                "rbd flatten --no-progress \(pool.image)",
                "rbd snap unprotect \(scaffold)",
                "rbd snap rm --no-progress \(scaffold)",
            ]
        )
    }

    @Test func `a revert is a rollback, and is refused while the image has watchers`() async throws {
        let snapshot = "snapshot-\(pool.snapshot)"
        pool.recorder.answer("rbd snap ls", Pool.snapshots(snapshot))
        pool.recorder.answer("rbd info", Pool.info(1 << 30))
        pool.recorder.answer("rbd status", #"{"watchers": []}"#)
        try await pool.driver.revert(pool.volume, to: pool.snapshot, operation: pool.operation)
        #expect(pool.recorder.calls.last == "rbd snap rollback --no-progress \(pool.image)@\(snapshot)")
    }

    @Test func `a volume is compared with an image file by one program that opens both for reading`() async throws {
        pool.recorder.answer("rbd info", Pool.info(1 << 30))
        pool.recorder.answer("qemu-img", #"{"virtual-size": 4096}"#)
        pool.recorder.answer("qemu-img", status: 1)
        let image = VolumeImage(path: "/images/a.raw", format: .raw)
        #expect(try await pool.driver.compare(pool.volume, with: image) == false)
        let calls = pool.recorder.whole.filter { $0.program == "qemu-img" }.map(\.arguments)
        #expect(calls.first == ["info", "--output", "json", "-f", "raw", image.path])
        let comparison = try #require(calls.last)
        #expect(comparison.starts(with: ["compare", "-q", "-U"]) && comparison.count == 5)
        #expect(comparison[3].contains(#""image":"volume-\#(pool.volume)""#) && comparison[4].contains(image.path))
    }

    @Test(arguments: ["image.raw", "nbd:unix:/nowhere", "json:{}"])
    func `a path that is not absolute does not reach a command`(path: String) async throws {
        pool.recorder.answer("rbd info", Pool.info(1 << 30))
        let error = await #expect(throws: DriverError.self) {
            try await pool.driver.compare(pool.volume, with: VolumeImage(path: path, format: .raw))
        }
        #expect(error?.code == .refused)
        #expect(!pool.recorder.whole.contains { $0.program == "qemu-img" })
    }

    @Test func `the image of a snapshot is read from the snapshot, not from the image`() async throws {
        pool.recorder.answer("rbd snap ls", Pool.snapshots("snapshot-\(pool.snapshot)"))
        pool.recorder.answer("qemu-img")
        pool.recorder.answer("qemu-img", #"{"virtual-size": \#(1 << 30)}"#)
        let image = VolumeImage(path: ScratchDirectory.path + "/image", format: .qcow2)
        try await pool.driver.readImage(
            of: pool.snapshot,
            of: pool.volume,
            to: image,
            options: TransferOptions(),
            operation: pool.operation
        )
        let source = try #require(pool.recorder.whole.first { $0.program == "qemu-img" }).arguments
        #expect(source.contains { $0.contains(#""snapshot":"snapshot-\#(pool.snapshot)""#) })
        let mode = try FileManager.default.attributesOfItem(atPath: image.path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    @Test(arguments: [(0, 900, 1000), (500, 400, 500)])
    func `the capacity is what Ceph reports of the pool, within its quota`(quota: Int64, free: Int64, total: Int64)
        async throws
    {
        pool.recorder.answer(
            "ceph",
            #"{"pools": [{"name": "volumes", "stats": {"stored": 100, "max_avail": 900, "quota_bytes": \#(quota)}}]}"#
        )
        let capacity = try await pool.driver.capacity()
        #expect(capacity.free.bytes == free)
        #expect(capacity.total.bytes == total)
        #expect(capacity.data?.used.bytes == 100)
    }

    @Test(arguments: ["", "-p", "a/b", "a@b", "a b", "ä", "a\n"])
    func `an invalid name or path does not reach a command`(name: String) {
        #expect(throws: DriverError.self) { try CephAccess(pool: name) }
        #expect(throws: DriverError.self) { try CephAccess(pool: "volumes", user: name) }
        #expect(throws: DriverError.self) { try CephAccess(pool: "volumes", configuration: name) }
    }
}
