import Identity
import LoopbackDriver
import SQL
import TestKit
import Testing
import VolumeAPI
import VolumeDriver

@testable import Volumes

/// Which volumes several holders may use, and where they can be.
@Suite(.scratchDirectory)
struct MultiattachTypeTests {
    private let service: VolumeService

    /// Two pools, of which the first can neither attach nor export volumes.
    init() throws {
        let drivers = ["bare", "full"]
            .map { name in
                HookedDriver(
                    LoopbackDriver(directory: ScratchDirectory.path + "/" + name),
                    devices: name == "full" ? PretendDevices(in: ScratchDirectory.path + "/devices") : nil
                ) { _, _ in }
            }
        service = try VolumeService(
            database: TestDatabase.open(),
            pools: [Pool(name: "bare", driver: drivers[0]), Pool(name: "full", driver: drivers[1])],
            scope: Scope(user: "operator")
        )
    }

    @discardableResult
    private func create(
        _ name: String,
        type: String? = nil,
        isMultiattach: Bool = false,
        keyID: String? = nil,
        source: VolumeSource? = nil,
        pool: String? = nil,
        by service: VolumeService? = nil
    ) async throws -> Volume {
        let size = try #require(ByteCount(bytes: 1 << 20))
        var request = VolumeRequest(
            name: try VolumeName(validating: name),
            size: source == nil ? .exactly(size) : nil,
            source: source,
            pool: pool
        )
        request.type = type
        request.attributes.isMultiattach = isMultiattach
        request.attributes.keyID = keyID
        return try await (service ?? self.service).create(request).volume
    }

    private func createTypes() async throws {
        try await service.createType("shared", VolumeTypeChange(extraSpecs: ["multiattach": "<is> True"]))
        try await service.createType("single", VolumeTypeChange())
    }

    @Test func `a volume is multiattach by its request or its type, and placed in a pool that can`() async throws {
        try await createTypes()
        for (name, type, isMultiattach) in [("a", nil, true), ("b", "shared", false), ("c", "single", true)] {
            let volume = try await create(name, type: type, isMultiattach: isMultiattach)
            #expect(volume.attributes.isMultiattach && volume.pool == "full")
        }
        #expect(try await create("d", type: "single").attributes.isMultiattach == false)
        let error = await #expect(throws: VolumeError.self) { try await create("e", isMultiattach: true, pool: "bare") }
        #expect(error?.code == .noValidPool)
        #expect(error?.verdicts.first { $0.pool == "bare" }?.filter == "CapabilitiesFilter")
        let move = await #expect(throws: VolumeError.self) { try await service.migrate("a", to: "bare") }
        #expect(move?.code == .noValidPool)
    }

    @Test func `a copy has as many holders as its source, unless its type says otherwise`() async throws {
        try await createTypes()
        try await create("a", isMultiattach: true)
        #expect(try await create("b", source: .volume("a")).attributes.isMultiattach)
        #expect(try await !create("c", type: "single", source: .volume("a")).attributes.isMultiattach)
        #expect(try await create("d", type: "shared", source: .volume("c")).attributes.isMultiattach)
    }

    @Test func `a request for a multiattach volume is not answered with another one`() async throws {
        let volume = try await create("a", isMultiattach: true)
        #expect(try await create("a", isMultiattach: true) == volume)
        try await create("b")
        let error = await #expect(throws: VolumeError.self) { try await create("b", isMultiattach: true) }
        #expect(error?.code == .conflict)
    }

    @Test func `a type changes how many holders a volume has, but not while it is in use`() async throws {
        try await createTypes()
        try await create("a", pool: "full")
        #expect(try await service.retype("a", to: "shared").attributes.isMultiattach)
        _ = try await service.attach("a")
        let error = await #expect(throws: VolumeError.self) { try await service.retype("a", to: "single") }
        #expect(error?.code == .conflict && error?.remedies.first == .detachVolume("a"))
        #expect(try await service.find("a").type == "shared")
        try await service.detach("a")
        #expect(try await service.retype("a", to: "single").attributes.isMultiattach == false)
    }

    @Test func `a multiattach volume is not encrypted`() async throws {
        try await createTypes()
        let luks = EncryptionChange(provider: "luks")
        try await service.createType("safe", VolumeTypeChange(encryption: luks))
        let change = VolumeTypeChange(extraSpecs: ["multiattach": "<is> True"], encryption: luks)
        try await service.createType("safe-shared", change)
        try await create("secret", type: "safe")
        try await create("keyed", keyID: "vault:7", pool: "full")
        for attempt: @Sendable () async throws -> Void in [
            { try await create("a", type: "safe", isMultiattach: true) },
            { try await create("a", type: "safe-shared") },
            { try await create("a", isMultiattach: true, keyID: "vault:7") },
            { try await service.retype("secret", to: "safe-shared") },
            { try await service.retype("keyed", to: "shared") },
        ] {
            let error = await #expect(throws: VolumeError.self) { try await attempt() }
            #expect(error?.code == .conflict && error?.cinderName == "InvalidVolume")
        }
        #expect(try await service.volumes().count == 2)
    }

    @Test func `a rule says who may create multiattach volumes, also by a type`() async throws {
        try await createTypes()
        let strict = try VolumeService(
            database: TestDatabase.open(),
            pools: [Pool(name: "full", driver: LoopbackDriver(directory: ScratchDirectory.path + "/full"))],
            policy: Policy(roles: [.createMultiattach: .admin])
        )
        let member = strict.scoped(to: Scope(user: "alice", roles: [.member]))
        try await create("a", by: member)
        for attempt: @Sendable () async throws -> Void in [
            { try await create("b", isMultiattach: true, by: member) },
            { try await create("b", type: "shared", by: member) },
            { try await member.retype("a", to: "shared") },
        ] {
            let error = await #expect(throws: VolumeError.self) { try await attempt() }
            #expect(error?.code == .notPermitted && error?.cause?.contains("'volume:multiattach'") == true)
        }
    }

    @Test(arguments: ["True", "true", "<is>", "<is> True False", "<in> True", ""])
    func `a spec of another form is refused, because it would not make volumes multiattach`(value: String) async throws
    {
        let error = await #expect(throws: VolumeError.self) {
            try await service.createType("shared", VolumeTypeChange(extraSpecs: ["multiattach": value]))
        }
        #expect(error?.code == .invalidInput && error?.message.contains("<is> True") == true)
    }

    @Test func `a type that forbids multiattach forbids it to requests, too`() async throws {
        try await service.createType("lone", VolumeTypeChange(extraSpecs: ["multiattach": "<is> False"]))
        #expect(try await create("a", type: "lone").pool == "bare")
        let error = await #expect(throws: VolumeError.self) { try await create("b", type: "lone", isMultiattach: true) }
        #expect(error?.code == .invalidInput && error?.remedies.contains(.showType("lone")) == true)
    }

    @Test func `attachments of earlier versions have a holder without a name`() async throws {
        let database = try TestDatabase.open(ScratchDirectory.path + "/old.db")
        let (volume, flow) = ("0a1b2c3d-0000-4000-8000-000000000001", "0a1b2c3d-0000-4000-8000-000000000002")
        let attachments = try await database.write(until: nil) { connection in
            for step in AttachmentTable.schema.steps.prefix(3) { try connection.apply(step) }
            try connection.execute(
                """
                INSERT INTO attachment (volume, kind, host, path, format, is_device, since, flow, is_read_only)
                VALUES ('\(volume)', 'attached', 'db1', '/dev/loop3', 'raw', 1, 0, '\(flow)', 1)
                """
            )
            for step in AttachmentTable.schema.steps.dropFirst(3) { try connection.apply(step) }
            return try AttachmentTable(connection: connection).list(of: #require(.init(volume)))
        }
        #expect(attachments.map(\.holder) == [nil] && attachments.first?.access?.address == "/dev/loop3")
        #expect(attachments.first?.access?.isReadOnly == true)
    }
}
