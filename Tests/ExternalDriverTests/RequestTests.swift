import ExternalDriver
import Identity
import Synchronization
import TestKit
import Testing
import VolumeDriver

/// What the executable is asked, and what it may answer.
@Suite(.scratchDirectory)
struct RequestTests {
    let volume = VolumeID.random()
    let other = VolumeID.random()
    let snapshot = SnapshotID.random()
    let operation = OperationID.random()

    @Test func `a request has its version, its operation, the objects concerned, and nothing else`() async throws {
        let size = try #require(ByteCount(gibibytes: 10))
        try await Script.replying(#"{"protocol": 1, "result": {}}"#).create(volume, size: size, operation: operation)
        let request = try Script.request()
        #expect(Set(request.keys) == ["protocol", "operation", "operation_id", "volume", "size"])
        #expect(request["protocol"] as? Int == 1)
        #expect(request["operation"] as? String == "create")
        #expect(request["operation_id"] as? String == operation.description)
        #expect(request["volume"] as? String == volume.description)
        #expect(request["size"] as? Int == 10 << 30)
    }

    @Test func `every call's request matches the schema`() async throws {
        let schema = try ProtocolSchema()
        let size = try #require(ByteCount(bytes: 512))
        let image = VolumeImage(path: "/image", format: .raw)
        let options = TransferOptions(bytesPerSecond: ByteCount(bytes: 1 << 20))
        let driver = try await Script.driver(otherwise: "exit 9")
        let calls: [(String, () async throws -> Void)] = [
            ("create", { try await driver.create(volume, size: size, operation: operation) }),
            ("delete", { try await driver.delete(volume, operation: operation) }),
            ("inspect", { _ = try await driver.inspect(volume) }),
            ("list", { _ = try await driver.list() }),
            ("capacity", { _ = try await driver.capacity() }),
            ("extend", { try await driver.extend(volume, to: size, operation: operation) }),
            ("create-snapshot", { try await driver.createSnapshot(snapshot, of: volume, operation: operation) }),
            ("delete-snapshot", { try await driver.deleteSnapshot(snapshot, of: volume, operation: operation) }),
            ("inspect-snapshot", { _ = try await driver.inspectSnapshot(snapshot, of: volume) }),
            ("list-snapshots", { _ = try await driver.listSnapshots() }),
            (
                "create-from-snapshot",
                { try await driver.create(volume, size: size, from: snapshot, of: other, operation: operation) }
            ),
            ("revert", { try await driver.revert(volume, to: snapshot, operation: operation) }),
            ("clone", { try await driver.clone(other, as: volume, size: size, operation: operation) }),
            (
                "write-image",
                { try await driver.writeImage(image, into: volume, options: options, operation: operation) }
            ),
            (
                "read-image",
                { try await driver.readImage(of: volume, to: image, options: options, operation: operation) }
            ),
            ("attach", { _ = try await driver.attach(volume, operation: operation) }),
            ("inspect-attachment", { _ = try await driver.attachment(of: volume) }),
            ("detach", { try await driver.detach(volume, operation: operation) }),
            ("export", { _ = try await driver.export(volume, as: .nbd, operation: operation) }),
            ("inspect-export", { _ = try await driver.export(of: volume) }),
            ("unexport", { try await driver.unexport(volume, operation: operation) }),
            ("list-manageable", { _ = try await driver.manageableObjects() }),
            ("manage", { _ = try await driver.manage("disk", as: volume, operation: operation) }),
            ("unmanage", { try await driver.unmanage(volume, as: "disk", operation: operation) }),
            ("set-up", { try await driver.setUp() }),
            ("check-health", { _ = await driver.checkHealth() }),
            ("identify", { _ = try await driver.poolID() }),
            ("mark", { _ = try await driver.markPool(as: .random()) }),
        ]
        for (name, call) in calls {
            _ = try? await call()
            let request = try Script.request()
            #expect(request["operation"] as? String == name)
            #expect(schema.problems(of: request, as: "request") == [])
        }
        #expect(Set(calls.map(\.0) + ["capabilities"]) == schema.operations)
    }

    @Test func `a read-only use is asked for by a flag, and believed only if the answer says so`() async throws {
        let schema = try ProtocolSchema()
        let attachment =
            #"{"protocol": 1, "result": {"attachment": {"path": "/dev/sdx", "device": true, "read_only": true}}}"#
        let driver = try await Script.replying(attachment)
        #expect(try await driver.attach(volume, isReadOnly: true, operation: operation).isReadOnly)
        var request = try Script.request()
        #expect(request["operation"] as? String == "attach" && request["read_only"] as? Bool == true)
        #expect(schema.problems(of: request, as: "request") == [])
        let export = #"{"protocol": 1, "result": {"export": {"type": "nbd", "uri": "nbd://host/x"}}}"#
        let other = try await Script.replying(export)
        #expect(try await !other.export(volume, as: .nbd, isReadOnly: true, operation: operation).isReadOnly)
        request = try Script.request()
        #expect(request["operation"] as? String == "export" && request["read_only"] as? Bool == true)
        _ = try await other.export(volume, as: .nbd, operation: operation)
        #expect(try Script.request()["read_only"] == nil)
    }

    @Test func `a driver that is bound to a pool names it in every request except that for the mark`() async throws {
        let pool = PoolID.random()
        let driver = try await Script.driver(otherwise: "exit 9").bound(to: pool)
        _ = try? await driver.list()
        #expect(try Script.request()["pool"] as? String == pool.description)
        _ = try? await driver.delete(volume, operation: operation)
        #expect(try Script.request()["pool"] as? String == pool.description)
        _ = try? await driver.poolID()
        #expect(try Script.request()["pool"] == nil)
    }

    @Test func `results are returned as the contract defines them`() async throws {
        let attachment = #"{"protocol": 1, "result": {"attachment": {"path": "/dev/sdx", "device": true}}}"#
        #expect(
            try await Script.replying(attachment).attach(volume, operation: operation)
                == LocalAttachment(path: "/dev/sdx", isDevice: true)
        )
        #expect(
            try await Script.replying(#"{"protocol": 1, "result": {"attachment": null}}"#).attachment(of: volume) == nil
        )
        let export = #"{"protocol": 1, "result": {"export": {"type": "nbd", "uri": "nbd://host/x"}}}"#
        #expect(
            try await Script.replying(export).export(of: volume) == VolumeExport(type: .nbd, uri: "nbd://host/x")
        )
        let objects = #"{"protocol": 1, "result": {"objects": [{"name": "d", "size": 512, "obstacle": "mounted"}]}}"#
        #expect(
            try await Script.replying(objects).manageableObjects() == [
                ManageableObject(name: "d", size: try #require(ByteCount(bytes: 512)), obstacle: "mounted")
            ]
        )
        let managed = #"{"protocol": 1, "result": {"size": 512}}"#
        #expect(try await Script.replying(managed).manage("d", as: volume, operation: operation).bytes == 512)
    }

    @Test func `an attachment without a path, or with a relative one, is a broken driver`() async throws {
        for place in ["null", #"{"path": "sdx", "device": true}"#] {
            let driver = try await Script.replying(#"{"protocol": 1, "result": {"attachment": \#(place)}}"#)
            let error = await #expect(throws: DriverError.self) {
                try await driver.attach(volume, operation: operation)
            }
            #expect(error?.code == .broken)
        }
    }

    @Test func `progress never decreases or exceeds the total, and ends with it`() async throws {
        let lines = [(10, 100), (50, 100), (20, 100), (500, 100)]
            .map { #"echo '{"progress": {"completed": \#($0), "total": \#($1)}}' >&2; sleep 0.3"# }
        let driver = try await Script.driver(
            otherwise: """
                echo 'not progress' >&2; echo '{"progress": {"completed": -4, "total": 2}}' >&2
                \(lines.joined(separator: "\n"))
                printf '%s' '{"protocol": 1, "result": {"size": 100}}'
                """
        )
        let heard = Mutex<[Int64]>([])
        try await driver.writeImage(
            VolumeImage(path: "/image", format: .raw),
            into: volume,
            options: TransferOptions { step in heard.withLock { $0.append(step.completed.bytes) } },
            operation: operation
        )
        let steps = heard.withLock { $0 }
        #expect(steps == steps.sorted())
        #expect(steps.allSatisfy { [10, 50, 100].contains($0) })
        #expect(steps.last == 100)
    }
}
