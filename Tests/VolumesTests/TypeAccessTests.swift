import TestKit
import Testing
import VolumeAPI
import VolumeDriver
import Volumes

/// Types that only some projects may use, and the type of volumes for which none is named.
@Suite(.scratchDirectory)
struct TypeAccessTests {
    private let scene: Scene
    private let service: VolumeService
    private let theirs: VolumeService

    init() throws {
        scene = try Scene()
        service = scene.service
        theirs = service.scoped(to: Scope(project: "theirs", roles: [.member]))
    }

    private func request(
        _ name: String,
        type: String? = nil,
        default defaultType: String? = nil
    ) throws -> VolumeRequest {
        var request = VolumeRequest(
            name: try VolumeName(validating: name),
            size: .exactly(try #require(ByteCount(bytes: 1 << 20)))
        )
        (request.type, request.defaultType) = (type, defaultType)
        return request
    }

    @Test func `a private type is no type to other projects until they are granted access`() async throws {
        try await service.createType("gold", VolumeTypeChange(isPrivate: true))
        #expect(try await service.type(named: "gold").projects == ["default"])
        #expect(try await theirs.types().isEmpty)
        let unknown = await #expect(throws: VolumeError.self) { try await theirs.create(request("a", type: "tape")) }
        let hidden = await #expect(throws: VolumeError.self) { try await theirs.create(request("a", type: "gold")) }
        #expect(hidden?.code == .notFound)
        #expect(hidden?.message == unknown?.message.replacing("tape", with: "gold"))
        #expect(hidden?.cause == unknown?.cause && hidden?.remedies == unknown?.remedies)
        let shown = await #expect(throws: VolumeError.self) { try await theirs.type(named: "gold") }
        #expect(shown?.code == .notFound)
        for _ in 1...2 { try await service.setAccess(of: "theirs", toType: "gold", true) }
        #expect(try await theirs.type(named: "gold").projects == ["theirs"])
        #expect(try await theirs.create(request("a", type: "gold")).volume.type == "gold")
        for _ in 1...2 { try await service.setAccess(of: "theirs", toType: "gold", false) }
        let revoked = await #expect(throws: VolumeError.self) { try await theirs.create(request("b", type: "gold")) }
        #expect(revoked?.code == .notFound)
        try await theirs.resize("a", to: .exactly(try #require(ByteCount(bytes: 2 << 20))))
    }

    @Test func `access is changed by admins, of private types, and goes with the type`() async throws {
        try await service.createType("open", VolumeTypeChange())
        let open = await #expect(throws: VolumeError.self) {
            try await service.setAccess(of: "theirs", toType: "open", true)
        }
        #expect(open?.code == .conflict && open?.remedies.first == .restrictType("open"))
        try await service.changeType("open", VolumeTypeChange(isPrivate: true))
        let project = await #expect(throws: VolumeError.self) {
            try await service.setAccess(of: "a b", toType: "open", true)
        }
        #expect(project?.code == .invalidInput)
        let member = await #expect(throws: VolumeError.self) {
            try await theirs.setAccess(of: "theirs", toType: "open", true)
        }
        #expect(member?.code == .notPermitted)
        let admin = service.scoped(to: Scope(project: "other"))
        #expect(try await admin.types().isEmpty)
        #expect(try await admin.types(all: true).map(\.name) == ["open"])
        try await admin.setAccess(of: "theirs", toType: "open", true)
        try await admin.removeType("open")
        try await service.createType("open", VolumeTypeChange(isPrivate: true))
        #expect(try await theirs.types().isEmpty)
        try await service.changeType("open", VolumeTypeChange(isPrivate: false))
        #expect(try await theirs.type(named: "open").projects == nil)
    }

    @Test func `without a type a volume gets the configured one, and a copy that of its source`() async throws {
        for type in ["ssd", "hdd"] { try await service.createType(type, VolumeTypeChange()) }
        #expect(try await service.create(request("a", default: "ssd")).volume.type == "ssd")
        #expect(try await service.create(request("b", type: "hdd", default: "ssd")).volume.type == "hdd")
        #expect(try await service.create(request("a", default: "hdd")).isNew == false)
        var copy = try request("c", default: "ssd")
        copy.source = .volume("b")
        #expect(try await service.create(copy).volume.type == "hdd")
        let quota = try await service.quota()
        #expect(quota.resources.first { $0.resource.name == "volumes_hdd" }?.recorded.inUse == 2)
        #expect(quota.differences.isEmpty)
        let missing = await #expect(throws: VolumeError.self) {
            try await service.create(request("d", default: "tape"))
        }
        #expect(missing?.code == .notFound)
        #expect(missing?.remedies.first == .createType("tape"))
        try await service.createType("tape", VolumeTypeChange())
        #expect(try await service.create(request("d", default: "tape")).volume.type == "tape")
    }
}
