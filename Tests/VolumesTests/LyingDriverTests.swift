import DriverKit
import Identity
import LoopbackDriver
import TaskFlow
import TestKit
import Testing
import VolumeAPI
import VolumeDriver
import Volumes

/// Drivers whose results differ from their effects, and backends that can't be inspected, in every combination.
@Suite(.scratchDirectory)
struct LyingDriverTests {
    typealias Case = LyingCase<VolumeStatus>

    static let creations = [
        Case(fault: .doneWithoutEffect, code: .driverFailed),
        Case(fault: .doneAtHalfSize, code: .driverFailed),
        Case(fault: .error(.refused), code: .driverFailed),
        Case(fault: .errorAfterEffect(.refused), code: .driverFailed),
        Case(fault: .errorAfterEffect(.timedOut), code: .driverFailed),
        Case(fault: .error(.broken), undoing: .error(.broken), code: .driverFailed),
        Case(fault: .errorAfterEffect(.broken), undoing: .errorAfterEffect(.broken), code: .driverFailed),
        Case(fault: .errorAfterEffect(.broken), undoing: .error(.broken), code: .revertIncomplete, status: .error),
        Case(fault: .errorAfterEffect(.broken), undoing: .doneWithoutEffect, code: .revertIncomplete, status: .error),
        Case(fault: .doneAtHalfSize, undoing: .doneWithoutEffect, code: .revertIncomplete, status: .error),
        // A volume that can't be inspected is neither present nor absent.
        Case(fault: nil, blindLooks: 1, code: .driverFailed),
        Case(fault: nil, blindLooks: 2, code: .revertIncomplete, status: .error),
        Case(fault: .error(.refused), blindLooks: 1, code: .revertIncomplete, status: .error),
        Case(fault: .error(.broken), blindLooks: 1, code: .revertIncomplete, status: .error),
        Case(fault: .errorAfterEffect(.broken), blindLooks: 1, code: .revertIncomplete, status: .error),
        // A call that was never made has created nothing.
        Case(fault: .error(.unavailable), undoing: .error(.unavailable), blindLooks: 1, code: .driverFailed),
        Case(fault: .error(.notPermitted), undoing: .error(.notPermitted), blindLooks: 1, code: .notPermitted),
        Case(fault: .error(.foreignPool), undoing: .error(.foreignPool), blindLooks: 1, code: .noValidPool),
    ]

    @Test(arguments: creations)
    func `a create is verified on the backend`(_ example: Case) async throws {
        let scene = try LyingScene()
        scene.faults.order(example.fault, for: .create)
        scene.faults.order(example.undoing, for: .delete)
        for _ in 0..<example.blindLooks { scene.faults.order(.error(.broken), for: .inspect) }
        let error = await #expect(throws: VolumeError.self) { try await scene.create() }
        #expect(error?.code == example.code)
        try await scene.expectHonesty(error, example)
        if example.status != nil { try await scene.service.retry(try #require(error?.flow)) }
        try await scene.expectNothing()
    }

    static let removals = [
        Case(fault: nil, code: nil),
        Case(fault: .errorAfterEffect(.broken), code: nil),
        Case(fault: .doneWithoutEffect, code: .driverFailed, status: .available),
        Case(fault: .error(.broken), code: .driverFailed, status: .available),
        Case(fault: .error(.refused), code: .driverFailed, status: .available),
        Case(fault: .error(.busy), code: .conflict, status: .available),
        Case(fault: .error(.broken), blindLooks: 1, code: .driverFailed, status: .available),
        // A call that was never made has removed nothing.
        Case(fault: .error(.unavailable), blindLooks: 2, code: .driverFailed, status: .available),
        Case(fault: .error(.notPermitted), blindLooks: 2, code: .notPermitted, status: .available),
        Case(fault: .error(.foreignPool), blindLooks: 2, code: .noValidPool, status: .available),
        Case(fault: .error(.busy), blindLooks: 2, code: .conflict, status: .available),
        // A volume that can't be inspected is neither present nor absent; a retry finds out.
        Case(
            fault: .error(.broken),
            blindLooks: 2,
            code: .revertIncomplete,
            status: .errorDeleting,
            afterRetry: .available
        ),
        Case(
            fault: .doneWithoutEffect,
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
    func `a removal is verified on the backend`(_ example: Case) async throws {
        let scene = try LyingScene()
        let volume = try await scene.create()
        scene.faults.order(example.fault, for: .delete)
        for _ in 0..<example.blindLooks { scene.faults.order(.error(.broken), for: .inspect) }
        guard let code = example.code else {
            try await scene.service.delete("data")
            return try await scene.expectNothing()
        }
        let error = await #expect(throws: VolumeError.self) { try await scene.service.delete("data") }
        #expect(error?.code == code)
        try await scene.expectHonesty(error, example)
        guard example.status == .errorDeleting else { return }
        try await scene.service.retry(try #require(error?.flow))
        guard let status = example.afterRetry else { return try await scene.expectNothing() }
        let restored = try await scene.service.volume(volume.id)
        #expect(restored.status == status)
        #expect(restored.lastError == nil)
        try await scene.service.delete("data")
        try await scene.expectNothing()
    }

    static let extensions = [
        Case(fault: nil, code: nil),
        Case(fault: .errorAfterEffect(.broken), code: nil),
        Case(fault: .errorAfterEffect(.timedOut), code: nil),
        Case(fault: .doneWithoutEffect, code: .driverFailed, status: .available),
        Case(fault: .error(.retryableElsewhere), code: .driverFailed, status: .available),
        Case(fault: .error(.busy), code: .conflict, status: .available),
        Case(fault: .error(.broken), blindLooks: 1, code: .driverFailed, status: .available),
        // A call that was never made has extended nothing.
        Case(fault: .error(.unavailable), blindLooks: 2, code: .driverFailed, status: .available),
        // What can't be looked at is neither as it was nor larger; a retry finds out.
        Case(fault: .errorAfterEffect(.broken), blindLooks: 1, code: .revertIncomplete, status: .errorExtending),
        Case(fault: nil, blindLooks: 1, code: .revertIncomplete, status: .errorExtending),
        Case(fault: nil, blindLooks: 2, code: .revertIncomplete, status: .errorExtending),
        Case(fault: .error(.broken), blindLooks: 2, code: .revertIncomplete, status: .errorExtending),
        Case(fault: .doneWithoutEffect, blindLooks: 2, code: .revertIncomplete, status: .errorExtending),
    ]

    @Test(arguments: extensions)
    func `an extension is what can be seen of it`(_ example: Case) async throws {
        let scene = try LyingScene()
        try await scene.create()
        let size = try #require(ByteCount(bytes: 2 << 20))
        scene.faults.order(example.fault, for: .extend)
        for _ in 0..<example.blindLooks { scene.faults.order(.error(.broken), for: .inspect) }
        guard let code = example.code else {
            let volume = try await scene.service.resize("data", to: .exactly(size)).volume
            return try await scene.expectAvailable(volume, size)
        }
        let error = await #expect(throws: VolumeError.self) {
            try await scene.service.resize("data", to: .exactly(size))
        }
        #expect(error?.code == code)
        let volume = try await scene.service.volume(named: "data")
        guard example.status == .errorExtending else {
            return try await scene.expectAvailable(volume, try #require(ByteCount(bytes: 1 << 20)))
        }
        #expect(volume.status == .errorExtending)
        try await scene.service.retry(try #require(error?.flow))
        try await scene.expectAvailable(try await scene.service.volume(named: "data"), size)
        #expect(try await scene.service.flows(limit: 10).allSatisfy { $0.resolution != nil || $0.state == .success })
    }

    @Test func `a volume of which nobody knows how large it is can be removed`() async throws {
        let scene = try LyingScene()
        try await scene.create()
        for _ in 0..<2 { scene.faults.order(.error(.broken), for: .inspect) }
        await #expect(throws: VolumeError.self) {
            try await scene.service.resize("data", to: .growing(try #require(ByteCount(bytes: 1 << 20))))
        }
        try await scene.service.delete("data")
        try await scene.expectNothing()
    }

    @Test func `a volume whose data is gone does not satisfy a create, and can be removed`() async throws {
        let scene = try LyingScene()
        let volume = try await scene.create()
        try await scene.backend.delete(volume.id, operation: .random())
        let error = await #expect(throws: VolumeError.self) { try await scene.create() }
        #expect(error?.code == .missing)
        #expect(scene.service.flaw(of: volume, .absent)?.code == .missing)
        #expect(await scene.service.backendState(of: volume) == .found(.absent))
        try await scene.service.delete("data")
        try await scene.expectNothing()
    }

    @Test func `a create that can't inspect the existing volume does not report it as existing`() async throws {
        let scene = try LyingScene()
        try await scene.create()
        scene.faults.order(.error(.broken), for: .inspect)
        let error = await #expect(throws: VolumeError.self) { try await scene.create() }
        #expect(error?.code == .driverFailed)
        try await scene.create()
    }

    @Test func `a removal that was cut short half-way is not undone`() async throws {
        let scene = try LyingScene()
        let volume = try await scene.create()
        try await scene.backend.delete(volume.id, operation: .random())
        let half = try #require(ByteCount(bytes: volume.size.bytes / 2))
        try await scene.backend.create(volume.id, size: half, operation: .random())
        scene.faults.order(.error(.broken), for: .delete)
        let error = await #expect(throws: VolumeError.self) { try await scene.service.delete("data") }
        #expect(error?.code == .revertIncomplete)
        #expect(error?.aftermath.contains("LEFT BEHIND: \(scene.backend.location(of: volume.id))") == true)
    }
}
