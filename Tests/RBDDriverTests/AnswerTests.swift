import Identity
import TestKit
import Testing
import VolumeDriver

@testable import RBDDriver

/// The driver's interpretation of the answers of Ceph's tools.
@Suite(.scratchDirectory)
struct AnswerTests {
    let pool = Pool()

    @Test func `an image of the right size is adopted, and one of another size is refused`() async throws {
        for (size, code) in [(Int64(1 << 30), nil), (1 << 31, DriverError.Code.refused)] {
            pool.recorder.answer("rbd create", status: 17)
            pool.recorder.answer("rbd info", Pool.info(size))
            let result = await Self.code(of: {
                try await pool.driver.create(pool.volume, size: pool.gibibyte, operation: pool.operation)
            })
            #expect(result == code)
        }
    }

    @Test func `an image that can't be opened is removed and created again`() async throws {
        pool.recorder.answer("rbd create", status: 17)
        for _ in 1...2 { pool.recorder.answer("rbd info", status: 2) }
        for _ in 1...2 { pool.recorder.answer("rbd ls", #"["volume-\#(pool.volume)"]"#) }
        pool.recorder.answer("rbd rm", status: 2)
        pool.recorder.answer("rbd info", status: 2)
        pool.recorder.answer("rbd ls", "[]")
        pool.recorder.answer("rados", status: 1)
        try await pool.driver.create(pool.volume, size: pool.gibibyte, operation: pool.operation)
        #expect(pool.recorder.calls.count { $0.hasPrefix("rbd create") } == 2)
        #expect(pool.recorder.calls.contains("rbd rm --no-progress \(pool.image)"))
    }

    @Test func `the absence of an image is not believed if its pool is missing`() async throws {
        for call in [
            { _ = try await pool.driver.inspect(pool.volume) },
            { try await pool.driver.delete(pool.volume, operation: pool.operation) },
            { try await pool.driver.extend(pool.volume, to: pool.gibibyte, operation: pool.operation) },
            { try await pool.driver.createSnapshot(pool.snapshot, of: pool.volume, operation: pool.operation) },
            { try await pool.driver.deleteSnapshot(pool.snapshot, of: pool.volume, operation: pool.operation) },
        ] {
            for words in ["rbd info", "rbd info", "rbd ls", "rbd resize", "rbd snap create", "rbd snap unprotect"] {
                pool.recorder.answer(words, status: 2)
            }
            #expect(await Self.code(of: call) == .retryableElsewhere)
        }
    }

    @Test(arguments: [true, false])
    func `the remains of an interrupted create are partial`(isListed: Bool) async throws {
        for _ in 1...2 { pool.recorder.answer("rbd info", status: 2) }
        for _ in 1...2 { pool.recorder.answer("rbd ls", isListed ? #"["volume-\#(pool.volume)"]"# : "[]") }
        pool.recorder.answer("rados", "volumes/rbd_id.volume mtime 2026-11-21, size 16")
        #expect(try await pool.driver.inspect(pool.volume) == .partial)
    }

    @Test func `a clone is partial while it depends on its own temporary snapshot, and complete on a snapshot`()
        async throws
    {
        let source = "volume-\(pool.other)"
        pool.recorder.answer("rbd info", Pool.info(4096, parent: source, snapshot: "clone-\(pool.volume)"))
        #expect(try await pool.driver.inspect(pool.volume) == .partial)
        for (snapshots, isComplete) in [("snapshot-x", true), ("grow-\(pool.volume)", false)] {
            pool.recorder.answer("rbd info", Pool.info(1 << 30, parent: source, snapshot: "snapshot-x"))
            pool.recorder.answer("rbd snap ls", Pool.snapshots(snapshots))
            let expected = isComplete ? VolumePresence.complete(pool.gibibyte) : .partial
            #expect(try await pool.driver.inspect(pool.volume) == expected)
        }
    }

    @Test(arguments: [0, 2])
    func
        `a list has complete and partial volumes and no foreign images, whatever the exit status says of a damaged one`(
            status: Int32
        ) async throws
    {
        let (finished, cloning, wreck) = (pool.volume, pool.other, VolumeID.random())
        pool.recorder.answer(
            "rbd ls --format",
            #"["volume-\#(finished)", "volume-\#(cloning)", "volume-\#(wreck)", "backup", "volume-x"]"#
        )
        pool.recorder.answer(
            "rbd ls --long",
            status: status,
            """
            [{"image": "backup", "size": 512}, {"image": "volume-x", "size": 512},
             {"image": "volume-\(finished)", "size": 1073741824},
             {"image": "volume-\(finished)", "snapshot": "clone-\(cloning)", "size": 1073741824, "protected": "true"},
             {"image": "volume-\(cloning)", "size": 1073741824,
              "parent": {"pool": "volumes", "image": "volume-\(finished)", "snapshot": "clone-\(cloning)"}}]
            """
        )
        for _ in 1...2 { pool.recorder.answer("rbd info", status: 2) }
        pool.recorder.answer("rbd ls", #"["volume-\#(wreck)"]"#)
        pool.recorder.answer("rbd ls", #"["volume-\#(wreck)"]"#)
        let volumes = try await pool.driver.list()
        #expect(
            Set(volumes) == [
                BackendVolume(id: finished, presence: .complete(pool.gibibyte)),
                BackendVolume(id: cloning, presence: .partial), BackendVolume(id: wreck, presence: .partial),
            ]
        )
    }

    @Test func `the error names the users of an image and the holders of stale locks`() async throws {
        pool.recorder.answer("rbd info", Pool.info(1 << 30))
        pool.recorder.answer("rbd snap ls", "[]")
        pool.recorder.answer("rbd rm", status: 16)
        pool.recorder.answer(
            "rbd status",
            #"{"watchers": [{"address": "10.0.0.7:0/99", "client": 4318, "cookie": 1}]}"#
        )
        pool.recorder.answer(
            "rbd lock ls",
            #"[{"id": "auto 7", "locker": "client.9", "address": "10.0.0.8:0/1"}]"#
        )
        let error = await #expect(throws: DriverError.self) {
            try await pool.driver.delete(pool.volume, operation: pool.operation)
        }
        #expect(error?.code == .busy)
        #expect(error?.cause?.contains("client.4318 at 10.0.0.7:0/99 has it open") == true)
        #expect(error?.cause?.contains("client.9 at 10.0.0.8:0/1, which does not answer") == true)
        #expect(error?.remedy?.contains("ceph osd blocklist add 10.0.0.7:0/99") == true)
    }

    @Test func `a volume with foreign snapshots is busy, and the error names them`() async throws {
        pool.recorder.answer("rbd info", Pool.info(1 << 30))
        pool.recorder.answer("rbd snap ls", Pool.snapshots("before-upgrade"))
        let error = await #expect(throws: DriverError.self) {
            try await pool.driver.delete(pool.volume, operation: pool.operation)
        }
        #expect(error?.code == .busy)
        #expect(error?.cause == "before-upgrade")
        #expect(!pool.recorder.calls.contains { $0.hasPrefix("rbd rm") })
    }

    @Test func `a clone that isn't a volume keeps its snapshot, and is never flattened`() async throws {
        pool.recorder.answer("rbd snap unprotect", status: 16)
        pool.recorder.answer("rbd children", #"[{"pool": "backups", "pool_namespace": "", "image": "b"}]"#)
        let error = await #expect(throws: DriverError.self) {
            try await pool.driver.deleteSnapshot(pool.snapshot, of: pool.volume, operation: pool.operation)
        }
        #expect(error?.code == .busy)
        #expect(error?.message.contains("backups/b") == true)
        #expect(!pool.recorder.calls.contains { $0.hasPrefix("rbd flatten") })
    }

    @Test(
        arguments: [
            (110, DriverError.Code.retryableElsewhere, "whether the cluster answers"),
            (28, .retryableElsewhere, "free space"),
            (13, .broken, "ceph auth get client.cinder"), (108, .broken, "ceph osd blocklist rm"),
            (5, .broken, "by hand"),
        ]
    )
    func `errors of the cluster have a remedy`(status: Int32, code: DriverError.Code, remedy: String) async throws {
        pool.recorder.answer("rbd create", status: status)
        let error = await #expect(throws: DriverError.self) {
            try await pool.driver.create(pool.volume, size: pool.gibibyte, operation: pool.operation)
        }
        #expect(error?.code == code)
        #expect(error?.remedy?.contains(remedy) == true)
        #expect(error?.cause?.contains("said so") == true)
    }

    @Test(arguments: ["", "{}", "[]", #"{"size": -1}"#])
    func `JSON of the wrong form is an error`(output: String) async throws {
        pool.recorder.answer("rbd info", output)
        #expect(await Self.code(of: { _ = try await pool.driver.inspect(pool.volume) }) == .broken)
    }

    @Test(arguments: [true, false])
    func `an interrupted rename is completed from either side`(isListed: Bool) async throws {
        for _ in 1...3 { pool.recorder.answer("rbd info", Pool.info(4096, id: "77aa")) }
        pool.recorder.answer("rbd status", #"{"watchers": []}"#)
        pool.recorder.answer("rbd ls", isListed ? #"["volume-\#(pool.volume)"]"# : #"["disk"]"#)
        _ = try await pool.driver.manage("disk", as: pool.volume, operation: pool.operation)
        let object = isListed ? "rbd_id.disk" : "rbd_id.volume-\(pool.volume)"
        #expect(pool.recorder.calls.contains("rados --pool volumes rm \(object)"))
        let renames = pool.recorder.calls.filter { $0.hasPrefix("rbd rename") }
        #expect(renames == (isListed ? [] : ["rbd rename volumes/disk \(pool.image)"]))
    }

    /// The code of the error that `body` throws; `nil` when it succeeds.
    private static func code(of body: () async throws -> Void) async -> DriverError.Code? {
        do {
            try await body()
            return nil
        } catch {
            return (error as? DriverError)?.code
        }
    }
}
