import Identity
import LoopbackDriver
import TaskFlow
import TestKit
import Testing
import VolumeAPI
import VolumeDriver
import Volumes

@Suite(.scratchDirectory)
struct CreateTests {
    @Test func `a volume is made with exactly its size, and counted`() async throws {
        let scene = try Scene()
        let volume = try await scene.create(mebibytes: 3)
        #expect(volume.status == .available)
        #expect(try await scene.backend.inspect(volume.id) == .complete(volume.size))
        try await scene.expectUsage(volumes: 1, mebibytes: 3)
    }

    @Test func `a create costs two commits, the intent and the outcome`() async throws {
        let scene = try Scene()
        try await scene.create("first")
        let before = scene.database.commitCount
        try await scene.create("second")
        #expect(scene.database.commitCount - before == 2)
    }

    @Test
    func
        `a create that fails in the driver costs three commits: the intent, the failure with the intent to undo, the rest`()
        async throws
    {
        let scene = try Scene()
        try await scene.create("first")
        let before = scene.database.commitCount
        scene.fail(.create, .after)
        await #expect(throws: VolumeError.self) { try await scene.create("second") }
        #expect(scene.database.commitCount - before == 3)
    }

    @Test func `the steps are those of Cinder, in its order, and the scheduler's numbers are kept`() async throws {
        let scene = try Scene()
        let volume = try await scene.create()
        let (flow, journal) = try await scene.service.flow("\(volume.flow)")
        #expect(flow.state == .success)
        #expect(
            journal.map { "\($0.atom) \($0.state.rawValue)" } == [
                "survey-pools SUCCESS", "reserve-quota SUCCESS", "create-entry SUCCESS", "try-pools SUCCESS",
                "schedule SUCCESS", "create-on-driver RUNNING", "create-on-driver SUCCESS", "finish SUCCESS",
            ]
        )
        let schedule = try #require(journal.first { $0.atom == "schedule" }?.output)
        #expect(schedule.contains(#""decision":"chosen""#))
        #expect(schedule.contains(#""total":"#))
    }

    @Test(arguments: HookedDriver.Moment.allCases, [DriverError.Code.retryableElsewhere, .broken])
    func `a failed driver call leaves nothing, with or without an effect`(
        _ moment: HookedDriver.Moment,
        _ code: DriverError.Code
    ) async throws {
        let scene = try Scene()
        scene.fail(.create, moment, with: code)
        let error = await #expect(throws: VolumeError.self) { try await scene.create() }
        #expect(error?.code == .driverFailed)
        #expect(error?.cause == "a test wants it")
        try await scene.expectNothing()
        try await scene.create()
    }

    @Test func `nothing is removed after a driver has refused a create`() async throws {
        let scene = try Scene()
        scene.fail(.create, .before, with: .refused)
        scene.fail(.delete, .before)
        await #expect(throws: VolumeError.self) { try await scene.create() }
        try await scene.expectNothing()
    }

    @Test func `a revert that fails leaves the volume in error, named, counted, and to be removed later`() async throws
    {
        let scene = try Scene()
        scene.fail(.create, .after)
        scene.fail(.delete, .before, with: .busy, leftBehind: "the file")
        let error = await #expect(throws: VolumeError.self) { try await scene.create() }
        #expect(error?.code == .revertIncomplete)
        #expect(error?.aftermath.contains("LEFT BEHIND: the file") == true)
        let volume = try await scene.service.find("data")
        #expect(volume.status == .error)
        #expect(volume.lastError?.contains("told to fail") == true)
        #expect(try await scene.service.quota().usage.reserved.volumes == 1)

        try await scene.service.retry(volume.flow)
        try await scene.expectNothing()
    }

    @Test func `a volume in error is removed by rm, as often as it takes`() async throws {
        let scene = try Scene()
        scene.fail(.create, .after)
        scene.fail(.delete, .before)
        scene.fail(.delete, .before)
        await #expect(throws: VolumeError.self) { try await scene.create() }
        let error = await #expect(throws: VolumeError.self) { try await scene.service.delete("data") }
        #expect(error?.code == .revertIncomplete)
        #expect(try await scene.service.find("data").status == .error)
        try await scene.service.delete("data")
        try await scene.expectNothing()
    }

    @Test func `only an id that the caller has chosen identifies an existing volume`() async throws {
        let scene = try Scene()
        let size = SizeExpression.exactly(try #require(ByteCount(bytes: 1 << 20)))
        let generated = VolumeRequest(size: size)
        let volume = try await scene.service.create(generated).volume
        let error = await #expect(throws: VolumeError.self) { try await scene.service.create(generated) }
        #expect(error?.code == .conflict)
        #expect(try await scene.backend.list().map(\.id) == [volume.id])
        #expect(try await !scene.service.create(VolumeRequest(size: size, id: volume.id)).isNew)
        try await scene.expectUsage(volumes: 1, mebibytes: 1)
    }

    @Test func `the same request twice creates one volume, and another request with its name is refused`() async throws
    {
        let scene = try Scene()
        let first = try await scene.create(mebibytes: 2)
        #expect(try await scene.create(mebibytes: 2) == first)
        let error = await #expect(throws: VolumeError.self) { try await scene.create(mebibytes: 3) }
        #expect(error?.code == .conflict)
        try await scene.expectUsage(volumes: 1, mebibytes: 2)
    }

    @Test func `of 20 concurrent requests for one name, one creates the volume and the others report it`() async throws
    {
        let scene = try Scene()
        let made = await withTaskGroup { group in
            for _ in 0..<20 {
                group.addTask { try? await scene.create() }
            }
            return await group.reduce(into: Set<Volume>()) { made, volume in
                if let volume { made.insert(volume) }
            }
        }
        #expect(made.count == 1)
        try await scene.expectUsage(volumes: 1, mebibytes: 1)
    }

    @Test(.onFiles("each body has a commit of its own on a server")) func `concurrent flows share commits`()
        async throws
    {
        let scene = try Scene()
        try await scene.create("first")
        let before = scene.database.commitCount
        try await withThrowingTaskGroup { group in
            for _ in 0..<64 {
                group.addTask { try await scene.create(nil) }
            }
            try await group.waitForAll()
        }
        #expect(scene.database.commitCount - before < 128)
        try await scene.expectUsage(volumes: 65, mebibytes: 65)
    }

    @Test func `an unknown pool is refused before anything is stored`() async throws {
        let scene = try Scene()
        let request = VolumeRequest(size: .exactly(try #require(ByteCount(gibibytes: 1))), pool: "nowhere")
        let error = await #expect(throws: VolumeError.self) { try await scene.service.create(request) }
        #expect(error?.code == .notFound)
        #expect(try await scene.service.flows(limit: 1).isEmpty)
    }

    @Test func `the error names the reason why a pool is down`() async throws {
        let scene = try Scene()
        scene.fail(.capacity, .before)
        let error = await #expect(throws: VolumeError.self) { try await scene.create() }
        #expect(error?.code == .noValidPool)
        #expect(error?.verdicts.first?.filter == "PoolState")
        #expect(error?.verdicts.first?.why.contains("told to fail") == true)
        try await scene.expectNothing()
    }

    @Test func `a share of the free space is a whole number of allocation units`() async throws {
        let scene = try Scene(limits: QuotaLimits())
        let volume = try await scene.service.create(VolumeRequest(size: .freePercent(1))).volume
        #expect(volume.size.bytes > 0)
        #expect(volume.size.bytes % 4096 == 0)
        #expect(try await scene.backend.inspect(volume.id) == .complete(volume.size))
    }
}
