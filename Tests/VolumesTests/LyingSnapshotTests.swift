import DriverKit
import LoopbackDriver
import TaskFlow
import TestKit
import Testing
import VolumeAPI
import VolumeDriver
import Volumes

/// Drivers whose results about snapshots differ from their effects, and backends that can't be inspected.
@Suite(.scratchDirectory)
struct LyingSnapshotTests {
    typealias Case = LyingCase<SnapshotStatus>

    private func scene() async throws -> LyingScene {
        let scene = try LyingScene()
        try await scene.create()
        return scene
    }

    private func snapshot(_ scene: LyingScene) async throws -> Snapshot {
        let name = try VolumeName(validating: "kept")
        return try await scene.service.createSnapshot(SnapshotRequest(of: "data", name: name)).snapshot
    }

    private func expect(_ scene: LyingScene, _ status: SnapshotStatus?) async throws {
        let snapshots = try await scene.service.snapshotPages().joined()
        #expect(snapshots.map(\.status) == (status.map { [$0] } ?? []))
        let held = try await scene.backend.listSnapshots()
        if status == nil { #expect(held.isEmpty) }
        if status == .available { #expect(held.map(\.presence) == snapshots.map { .complete($0.size) }) }
        let quota = try await scene.service.quota()
        #expect(quota.usage == quota.counted)
        #expect(quota.usage.inUse.snapshots + quota.usage.reserved.snapshots == snapshots.count)
        #expect(try await scene.service.volumes().map(\.status) == [.available])
    }

    static let creations = [
        Case(fault: .doneWithoutEffect, code: .driverFailed),
        Case(fault: .error(.refused), code: .driverFailed),
        Case(fault: .error(.busy), code: .conflict),
        Case(fault: .errorAfterEffect(.timedOut), code: .driverFailed),
        Case(fault: .errorAfterEffect(.broken), undoing: .errorAfterEffect(.broken), code: .driverFailed),
        Case(fault: .errorAfterEffect(.broken), undoing: .error(.broken), code: .revertIncomplete, status: .error),
        Case(fault: .errorAfterEffect(.broken), undoing: .doneWithoutEffect, code: .revertIncomplete, status: .error),
        // A snapshot that can't be inspected is neither present nor absent.
        Case(fault: nil, blindLooks: 1, code: .driverFailed),
        Case(fault: nil, blindLooks: 2, code: .revertIncomplete, status: .error),
        Case(fault: .error(.broken), blindLooks: 1, code: .revertIncomplete, status: .error),
        // A call that was never made has created nothing.
        Case(fault: .error(.unavailable), undoing: .error(.unavailable), blindLooks: 1, code: .driverFailed),
        Case(fault: .error(.notPermitted), undoing: .error(.notPermitted), blindLooks: 1, code: .notPermitted),
    ]

    @Test(arguments: creations)
    func `a snapshot is what can be seen of it`(_ example: Case) async throws {
        let scene = try await scene()
        scene.faults.order(example.fault, for: .createSnapshot)
        scene.faults.order(example.undoing, for: .deleteSnapshot)
        for _ in 0..<example.blindLooks { scene.faults.order(.error(.broken), for: .inspectSnapshot) }
        let error = await #expect(throws: VolumeError.self) { try await snapshot(scene) }
        #expect(error?.code == example.code)
        try await expect(scene, example.status)
        if example.status != nil { try await scene.service.retry(try #require(error?.flow)) }
        try await expect(scene, nil)
    }

    static let removals = [
        Case(fault: nil, code: nil),
        Case(fault: .errorAfterEffect(.broken), code: nil),
        Case(fault: .doneWithoutEffect, code: .driverFailed, status: .available),
        Case(fault: .error(.broken), code: .driverFailed, status: .available),
        Case(fault: .error(.busy), code: .conflict, status: .available),
        Case(fault: .error(.broken), blindLooks: 1, code: .driverFailed, status: .available),
        Case(fault: .error(.unavailable), blindLooks: 2, code: .driverFailed, status: .available),
        Case(fault: .error(.busy), blindLooks: 2, code: .conflict, status: .available),
        // A retry determines the state.
        Case(
            fault: .error(.broken),
            blindLooks: 2,
            code: .revertIncomplete,
            status: .errorDeleting,
            afterRetry: .available
        ),
        Case(fault: .errorAfterEffect(.timedOut), blindLooks: 2, code: .revertIncomplete, status: .errorDeleting),
        Case(fault: nil, blindLooks: 2, code: .revertIncomplete, status: .errorDeleting),
        Case(fault: nil, blindLooks: 1, code: .revertIncomplete, status: .errorDeleting),
    ]

    @Test(arguments: removals)
    func `the removal of a snapshot is what can be seen of it`(_ example: Case) async throws {
        let scene = try await scene()
        _ = try await snapshot(scene)
        scene.faults.order(example.fault, for: .deleteSnapshot)
        for _ in 0..<example.blindLooks { scene.faults.order(.error(.broken), for: .inspectSnapshot) }
        guard let code = example.code else {
            try await scene.service.deleteSnapshot("kept")
            return try await expect(scene, nil)
        }
        let error = await #expect(throws: VolumeError.self) { try await scene.service.deleteSnapshot("kept") }
        #expect(error?.code == code)
        try await expect(scene, example.status)
        guard example.status == .errorDeleting else { return }
        try await scene.service.retry(try #require(error?.flow))
        try await expect(scene, example.afterRetry)
    }
}
