import TestKit
import Testing
import VolumeAPI
import VolumeDriver
import Volumes

/// Who may do what, by rules with Cinder's names.
@Suite(.scratchDirectory)
struct PolicyTests {
    private func member(_ service: VolumeService, _ roles: Set<Scope.Role>) -> VolumeService {
        service.scoped(to: Scope(user: "alice", roles: roles))
    }

    private func request(_ name: String) throws -> VolumeRequest {
        VolumeRequest(name: try VolumeName(validating: name), size: .exactly(try #require(ByteCount(bytes: 1 << 20))))
    }

    /// Expects that a request is denied by a rule, and that nothing has changed.
    private func expectDenied(
        _ rule: Policy.Rule,
        _ service: VolumeService,
        sourceLocation: SourceLocation = #_sourceLocation,
        _ call: () async throws -> Void
    ) async throws {
        let before = try await service.flows(limit: 10).count
        let error = await #expect(throws: VolumeError.self, sourceLocation: sourceLocation) { try await call() }
        #expect(error?.code == .notPermitted, sourceLocation: sourceLocation)
        #expect(error?.cause?.contains("rule '\(rule.rawValue)' ") == true, sourceLocation: sourceLocation)
        #expect(try await service.flows(limit: 10).count == before, sourceLocation: sourceLocation)
    }

    @Test func `a reader looks, a member changes, and an admin changes what concerns other projects`() async throws {
        let service = try Scene().service
        let (reader, member) = (member(service, [.reader]), member(service, [.member]))
        let volume = try await member.create(request("data")).volume
        #expect(try await reader.find("data") == volume)
        #expect(try await reader.volumes().count == 1)
        #expect(try await reader.quota().usage.inUse.volumes == 1)
        try await expectDenied(.createVolume, service) { _ = try await reader.create(request("other")) }
        try await expectDenied(.deleteVolume, service) { try await reader.delete("data") }
        try await expectDenied(.extendVolume, service) {
            try await reader.resize("data", to: .growing(try #require(ByteCount(bytes: 1 << 20))))
        }
        try await expectDenied(.createSnapshot, service) {
            _ = try await reader.createSnapshot(SnapshotRequest(of: "data", name: nil))
        }
        try await expectDenied(.updateVolume, service) { try await reader.change("data", VolumeChange()) }
        try await expectDenied(.updateQuota, service) { try await member.setQuota(QuotaChange(volumes: .amount(1))) }
        try await expectDenied(.createType, service) { try await member.createType("ssd", VolumeTypeChange()) }
        try await expectDenied(.listProjects, service) { _ = try await member.projects() }
        try await expectDenied(.abandonFlow, service) {
            try await member.abandon(volume.flow, forgettingBackend: false)
        }
        try await member.delete("data")
    }

    @Test func `a user without a role sees nothing`() async throws {
        let service = try Scene().service
        let nobody = member(service, [])
        _ = try await service.create(request("data"))
        try await expectDenied(.getVolume, service) { _ = try await nobody.find("data") }
        try await expectDenied(.listVolumes, service) { _ = try await nobody.volumes() }
        try await expectDenied(.getQuota, service) { _ = try await nobody.quota() }
        try await expectDenied(.listPools, service) { _ = try await nobody.poolStatuses() }
        try await expectDenied(.getFlow, service) { _ = try await nobody.flows(limit: 1) }
        try await expectDenied(.createVolume, service) { _ = try await nobody.create(request("other")) }
    }

    @Test func `a policy gives rules other roles`() async throws {
        let scene = try Scene()
        let service = try VolumeService(
            database: scene.database,
            pools: [Pool(name: "default", driver: scene.backend)],
            policy: Policy(roles: [.deleteVolume: .admin, .createVolume: .reader])
        )
        let (reader, member) = (member(service, [.reader]), member(service, [.member]))
        _ = try await reader.create(request("data"))
        try await expectDenied(.deleteVolume, service) { try await member.delete("data") }
        try await service.delete("data")
    }

    @Test func `projects that have something, limits of their own or access to a type are listed`() async throws {
        let service = try Scene().service
        let theirs = service.scoped(to: Scope(project: "theirs"))
        #expect(try await service.projects().isEmpty)
        _ = try await theirs.create(request("a"))
        try await service.scoped(to: Scope(project: "limited")).setQuota(QuotaChange(volumes: .amount(1)))
        let projects = try await service.projects()
        #expect(projects.map(\.name) == ["limited", "theirs"])
        #expect(projects.map(\.hasOwnLimits) == [true, false])
        #expect(projects[1].amount == QuotaAmount(volumes: 1, size: try #require(ByteCount(bytes: 1 << 20))))
        try await theirs.delete("a")
        #expect(try await service.projects().map(\.name) == ["limited"])
        try await theirs.createGroup(GroupRequest(name: try VolumeName(validating: "pair")))
        try await service.createType("fast", VolumeTypeChange(isPrivate: true))
        try await service.setAccess(of: "granted", toType: "fast", true)
        let known = try await service.projects()
        #expect(known.map(\.name) == ["default", "granted", "limited", "theirs"])
        #expect(known.map(\.groups) == [0, 0, 0, 1])
        try await theirs.removeGroup("pair")
        try await service.removeType("fast")
        #expect(try await service.projects().map(\.name) == ["limited"])
    }
}
