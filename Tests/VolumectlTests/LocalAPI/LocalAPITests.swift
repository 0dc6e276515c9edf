import Foundation
import Identity
import TaskFlow
import TestKit
import Testing
import VolumeDriver

@testable import Varlink
@testable import VolumeAPI
@testable import volumectl

/// The methods of the local API, in one process; every reply is compared with the description.
@Suite(.scratchDirectory)
struct LocalAPITests {
    private static let file = URL(filePath: #filePath)
        .appending(path: "../../../../Sources/volumectl/LocalAPI/io.volumectl.Volumes.varlink").standardized

    @Test func `the description that clients get is the file in the repository`() throws {
        let text = try String(contentsOf: Self.file, encoding: .utf8)
        let interface = try LocalAPI.interface()
        #expect(interface.text == text && interface.name == ServedSockets.name)
        // Every method and every error is explained in the lines before it; two that belong together share them.
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        for (number, line) in lines.enumerated() where line.hasPrefix("method ") || line.hasPrefix("error ") {
            #expect(lines[number - 1].hasPrefix("#") || lines[number - 1].hasPrefix("method GrantType"), "\(line)")
        }
    }

    @Test func `each kind of failure has an error, and there are no others`() throws {
        let codes: [VolumeError.Code] = [
            .invalidInput, .notFound, .conflict, .quotaExceeded, .noValidPool, .driverFailed, .revertIncomplete,
            .missing,
            .cancelled, .timedOut, .storeUnavailable, .notPermitted, .unexpected,
        ]
        let interface = try LocalAPI.interface()
        let names = codes.map { code in
            let name = CallError(VolumeError(code, "x", remedies: [.listVolumes]), of: interface)?.name ?? ""
            return name.replacing("\(interface.name).", with: "")
        }
        #expect(Set(names) == Set(interface.errors.keys) && names.count == codes.count)
    }

    @Test func `every method answers as it is described`() async throws {
        try await LocalClient.run(
            "enabled-pools: [default, second]\npools: {second: {path: \(ScratchDirectory.path)/second}}\n"
        ) { api in
            var called: Set<String> = []
            func call(_ method: String, _ parameters: [String: JSON] = [:]) async throws -> JSON {
                called.insert(method)
                return try await api.call(method, parameters)
            }
            func list(_ method: String, _ parameters: [String: JSON] = [:]) async throws -> [JSON] {
                called.insert(method)
                return try await api.list(method, parameters)
            }
            func refused(_ method: String, _ parameters: [String: JSON], _ error: String) async throws {
                called.insert(method)
                let name = try await api.failure(of: method, parameters).name
                #expect(name == "io.volumectl.Volumes.\(error)", "\(method)")
            }
            #expect(try await list("List") == [.empty])
            let data = ["volume": JSON.string("data")]
            let created = try await call(
                "Create",
                [
                    "name": "data", "size_bytes": .int(1 << 20), "labels": .object(["My_Env": "prod"]),
                    "pool": "default",
                    "description": "text", "idempotency_key": "k",
                ]
            )
            #expect(created["is_new"] == .bool(true) && created["volume"]?["size_bytes"] == .int(1 << 20))
            #expect(created["volume"]?["labels"] == .object(["My_Env": "prod"]))
            let plan = try await call("Plan", ["size_bytes": .int(1 << 20), "zone": .null])
            #expect(plan["plan"]?["pool"]?.text != nil)
            #expect(try await call("Get", data)["volume"]?["backend"]?["presence"] == "complete")
            let changed = try await call("Change", data.merging(["protected": .bool(true)]) { $1 })
            #expect(changed["volume"]?["protected"] == .bool(true))
            try await refused("Delete", data, "Conflict")
            _ = try await call("Change", data.merging(["protected": .bool(false)]) { $1 })
            let larger = try await call("Extend", data.merging(["size_bytes": .int(2 << 20)]) { $1 })
            #expect(larger["volume"]?["size_bytes"] == .int(2 << 20))

            let snapshot = try await call("CreateSnapshot", data.merging(["name": "s"]) { $1 })
            #expect(snapshot["snapshot"]?["volume_name"] == "data")
            #expect(try await call("GetSnapshot", ["snapshot": "data@s"])["snapshot"]?["status"] == "available")
            #expect(try await list("ListSnapshots", data).count == 1)
            _ = try await call("RevertToSnapshot", data.merging(["snapshot": "s"]) { $1 })
            let copy = try await call("Create", ["name": "copy", "snapshot": "data@s"])
            #expect(copy["volume"]?["source_snapshot"] == snapshot["snapshot"]?["id"])
            #expect(try await list("List", ["limit": .int(1)]).first?["volume"]?["name"] == "data")
            #expect(try await list("List", ["after": "data"]).compactMap { $0["volume"]?["name"] } == ["copy"])
            _ = try await call("DeleteSnapshot", ["snapshot": "data@s"])

            let pools = try await list("ListPools")
            #expect(pools.compactMap { $0["pool"]?["name"] } == ["default", "second"])
            #expect(try await call("GetPool", ["pool": "default"])["detail"]?["pool"]?["state"] == "up")
            _ = try await call("DisablePool", ["pool": "second", "reason": "repair"])
            #expect(try await call("EnablePool", ["pool": "second"])["state"]?["state"] == "enabled")

            _ = try await call("CreateType", ["type": "ssd", "extra_specs": .object(["media": "ssd"])])
            _ = try await call(
                "ChangeType",
                ["type": "ssd", "removed_specs": .array(["media"]), "is_private": .bool(true)]
            )
            #expect(try await call("GrantType", ["type": "ssd", "project": "p"])["type"]?["is_private"] == .bool(true))
            _ = try await call("RevokeType", ["type": "ssd", "project": "p"])
            #expect(try await call("GetType", ["type": "ssd"])["type"]?["extra_specs"] == .empty)
            #expect(try await list("ListTypes").count == 1)
            let retyped = try await call("Retype", data.merging(["type": "ssd"]) { $1 })
            #expect(retyped["volume"]?["type"] == "ssd")
            let moved = try await call("Migrate", data.merging(["pool": "second"]) { $1 })
            #expect(moved["volume"]?["pool"] == "second")

            _ = try await call("SetQuota", ["volumes": .int(2), "gigabytes": .int(-1)])
            let quota = try await call("GetQuota")
            #expect(quota["quota"]?["volumes"]?["limit"] == .int(2) && quota["quota"]?["volumes"]?["in_use"] == .int(2))
            try await refused("Create", ["size_bytes": .int(1 << 20)], "QuotaExceeded")
            _ = try await call("SetQuota", ["configured": .array(["volumes", "gigabytes"])])

            let flows = try await list("ListFlows")
            #expect(flows.first?["flow"]?["state"] == "reverted")
            for flow in flows {
                let id = ["flow": JSON.string(try #require(flow["flow"]?["id"]?.text))]
                #expect(try await call("GetFlow", id)["flow"]?["steps"] != nil)
            }
            let last = ["flow": flows.last?["flow"]?["id"] ?? .null]
            #expect(try await list("WatchFlow", last).compactMap { $0["flow"]?["state"] } == ["success"])
            #expect(try await call("WaitForFlow", last)["flow"]?["state"] == "success")
            try await refused("CancelFlow", last, "Conflict")
            try await refused("RetryFlow", last, "Conflict")

            try await refused("Attach", ["volume": "none"], "NotFound")
            try await refused("Export", ["volume": "none"], "NotFound")
            #expect(try await call("Detach", data)["flow"] == .null)
            #expect(try await call("Unexport", data)["flow"] == .null)

            let object = try await call("Forget", ["volume": "copy"])["location"]?.text ?? ""
            let file = JSON.string(URL(filePath: object).lastPathComponent)
            _ = try await call("Adopt", ["pool": "default", "object": file, "name": "found"])
            #expect(try await call("Transfer", ["volume": "found", "project": "p"])["snapshots"] == .int(0))
            _ = try await call("Delete", data.merging(["cascade": .bool(true)]) { $1 })
            _ = try await call("DeleteType", ["type": "ssd"])

            let events = try await list("ListEvents")
            #expect(events.first?["event"]?["event_type"] == "volume.create.start")
            var watched = try await api.replies("WatchEvents", ["after": .int(0)]).makeAsyncIterator()
            called.insert("WatchEvents")
            #expect(try await watched.next()?.parameters == events.first)

            let methods = Set(try LocalAPI.interface().methods.keys)
            #expect(methods.subtracting(called) == ["ListHosts", "GetHost", "DrainHost", "EnableHost"])
        }
    }

    @Test func `the views of hosts and of uses are as they are described`() throws {
        let interface = try LocalAPI.interface()
        func violation(_ view: some Encodable, _ member: String, of method: String) throws -> String? {
            guard case .object(let members) = try JSON(encoding: try LocalAPI.Answer(member, view)) else {
                return member
            }
            return interface.firstViolation(in: members, of: interface.methods[method]?.reply ?? [])
        }
        let host = HostStatus(
            name: "a",
            state: .up,
            worker: "process 1",
            since: Date(),
            reportedAt: Date(),
            age: 1,
            draining: nil,
            pools: ["p"],
            refusals: [FlowRefusal(flow: .random(), reason: "r")]
        )
        #expect(try violation(HostView(host), "host", of: "GetHost") == nil)
        let use = Attachment(
            volume: .random(),
            kind: .mounted,
            host: "a",
            mountPoint: "/mnt",
            since: Date(),
            flow: .random()
        )
        let view = AttachmentView(use, state: .found(nil))
        #expect(try violation(view, "attachment", of: "Attach") == nil)
        #expect(try violation(AttachmentView(use), "attachment", of: "GetHost") != nil)
    }

    @Test func `the service has the methods about hosts, too`() async throws {
        try await LocalClient.run { api in
            let hosts = try await api.list("ListHosts")
            #expect(hosts == [.empty])
            for method in ["GetHost", "DrainHost", "EnableHost"] {
                let name = try await api.failure(of: method, ["host": "a"]).name
                #expect(name == "io.volumectl.Volumes.NotFound")
            }
        }
    }

    @Test func `an error says what failed, why, and what to do, as data and as text`() async throws {
        try await LocalClient.run { api in
            try await api.call("Create", ["name": "data", "size_bytes": .int(1 << 20)])
            let (name, failure) = try await api.failure(
                of: "Create",
                ["name": "data", "size_bytes": .int(2 << 20)]
            )
            #expect(name == "io.volumectl.Volumes.Conflict")
            #expect(failure?["message"] == #"cannot create volume "data": it exists with another specification"#)
            #expect(failure?["details"]?["aftermath"] == "nothing was changed" && failure?["exit"] == .int(4))
            guard case .array(let remedies)? = failure?["details"]?["remedies"] else {
                Issue.record("there are no remedies: \(String(describing: failure))")
                return
            }
            #expect(remedies.first?["kind"] == "show_volume" && remedies.first?["volume"] == "data")
            let (refusal, rejected) = try await api.failure(of: "Create", ["size_bytes": .int(1 << 50)])
            #expect(refusal == "io.volumectl.Volumes.NoValidPool")
            guard case .array(let verdicts)? = rejected?["details"]?["pools"] else { return }
            #expect(verdicts.first?["verdict"] == "rejected")
        }
    }

    @Test func `a value that a parameter may not have is refused before anything is touched`() async throws {
        try await LocalClient.run { api in
            let mistakes: [(String, [String: JSON])] = [
                ("Create", [:]), ("Create", ["name": "a b", "size_bytes": .int(1)]),
                ("Create", ["size_bytes": .int(0)]),
                ("Create", ["size_bytes": .int(1), "id": "x"]),
                ("Create", ["size_bytes": .int(1), "idempotency_key": ""]),
                ("Create", ["snapshot": "a", "source": "b"]),
                ("Create", ["size_bytes": .int(1), "wait_seconds": .int(-1)]),
                ("Extend", ["volume": "a", "size_bytes": .int(-1)]), ("DisablePool", ["pool": "default"]),
                ("SetQuota", [:]), ("SetQuota", ["volumes": .int(-2)]),
                ("SetQuota", ["groups": .int(1), "type": "ssd"]),
                ("ChangeType", ["type": "ssd"]), ("Detach", ["volume": "a", "holder": "b", "all": .bool(true)]),
            ]
            for (method, parameters) in mistakes {
                let name = try await api.failure(of: method, parameters).name
                #expect(name == "io.volumectl.Volumes.InvalidInput", "\(method) \(parameters)")
            }
            for (parameters, wrong) in [
                (["sizeBytes": JSON.int(1)], "sizeBytes"), (["size_bytes": "1M"], "size_bytes"),
            ] {
                await #expect(throws: CallError.invalidParameter(wrong)) { try await api.call("Create", parameters) }
            }
            await #expect(throws: CallError.expectedMore) { try await api.call("List") }
            #expect(try await api.list("List") == [.empty])
            #expect(try await api.list("ListFlows") == [.empty])
        }
    }

    @Test func `a call that is repeated with its key has the outcome of the first`() async throws {
        try await LocalClient.run { api in
            let parameters: [String: JSON] = ["size_bytes": .int(1 << 20), "idempotency_key": "k"]
            let first = try await api.call("Create", parameters)
            let second = try await api.call("Create", parameters)
            #expect(first["volume"]?["id"] == second["volume"]?["id"])
            #expect(first["is_new"] == .bool(true) && second["is_new"] == .bool(false))
            #expect(try await api.list("List").count == 1)
        }
    }
}
