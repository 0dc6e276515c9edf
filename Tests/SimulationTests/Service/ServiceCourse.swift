import DriverKit
import Foundation
import VolumeAPI

/// A course of requests, deaths, failures and interruptions that is determined by one number.
struct ServiceCourse: CustomStringConvertible {
    let seed: UInt64
    private var random: SplitMix64
    private var model = VolumeModel()
    private var stopped: [(process: SimulatedProcess, call: VolumeCall)] = []
    private var count = 0
    /// What has happened.
    private(set) var steps: [String] = []
    /// How requests ended, such as `create succeeded`.
    private(set) var ends: Set<String> = []

    init(_ seed: UInt64) {
        self.seed = seed
        random = SplitMix64(seed: seed)
    }

    var description: String {
        "VOLSIM_SERVICE_SEED=\(seed)\n" + steps.enumerated().map { "  \($0 + 1). \($1)" }.joined(separator: "\n")
    }

    /// Runs the course in a directory of its own.
    ///
    /// - Throws: ``BrokenPromise``.
    mutating func run(in directory: String, _ defect: ProcessDatabase.Defect? = nil) async throws {
        let world = try ServiceWorld(in: directory, defect)
        do {
            try await world.makeTypes()
            for _ in 0..<(18 + random.below(12)) {
                try await step(in: world)
                try await world.check()
            }
            try await settle(world)
        } catch {
            for (process, _) in stopped { await process.kill() }
            await world.close()
            throw error
        }
        await world.close()
        try FileManager.default.removeItem(atPath: directory)
    }

    private mutating func step(in world: ServiceWorld) async throws {
        if !stopped.isEmpty, random.chance(35) { return try await endStopped(kills: random.chance(40)) }
        if let (process, call) = stopped.first(where: { !$0.process.isLate }), random.chance(25) {
            steps.append("the lease of the process of \(call) runs out")
            process.loseLease()
            if random.chance(70) { try await recover(in: world) }
            return
        }
        if random.chance(8) { return try await settle(world) }
        if random.chance(12) { return try await recover(in: world) }
        if random.chance(25), try await write(in: world) { return }
        let objects = model.hasObjects ? try await world.objects() : [:]
        if random.chance(30), let name = quietNames.first(where: { objects[$0] != nil && !model.isOpen($0) }) {
            if try world.rename(objects[name], of: name) { return steps.append("the object of \(name) is renamed") }
        }
        let call = nextCall(objects)
        let fate = nextFate(call)
        steps.append("\(call)" + (fate.map { ", \($0)" } ?? ""))
        let process = try world.process(fate)
        try await conclude(call, process, await process.begin(call))
    }

    /// Has a process recover what others have left.
    private mutating func recover(in world: ServiceWorld) async throws {
        let moment = 1 + random.below(12)
        let fate: ProcessLife.Fate? =
            switch random.below(100) {
            case 0..<40: .death(at: moment)
            case 40..<55: .failure(from: moment)
            case 55..<65: .loss(from: moment, isCommitted: random.chance(50))
            default: nil
            }
        steps.append("a process recovers" + (fate.map { ", \($0)" } ?? ""))
        let process = try world.process(fate)
        guard case .ended(let error?) = await process.recover(), !process.isDead else { return }
        guard try isOfDatabase(error) else { throw error }
        process.end()
    }

    /// Notes the error of a request.
    ///
    /// - Returns: whether it is one of the database, which leaves open what has become of the request.
    private mutating func isOfDatabase(_ error: any Error) throws -> Bool {
        guard let error = error as? VolumeError, error.code != .unexpected else { throw error }
        steps.append("  \(error.code): \(error.message)")
        guard error.code == .storeUnavailable else { return false }
        // Two that write the same have both believed to be the one who may.
        if let cause = error.cause, cause.contains("(constraint)") { throw BrokenPromise(cause) }
        return true
    }

    /// Has a process that could not use the database go on with what it finds there, or end.
    private mutating func goOn(_ process: SimulatedProcess) async throws {
        if !process.isReplaced, random.chance(50) {
            steps.append("  its process goes on")
            process.renewLease()
            if case .ended(let error?) = await process.recover() { throw error }
        } else {
            process.end()
        }
    }

    /// Has a user write to a volume that no request works on.
    ///
    /// - Returns: whether there is one.
    private mutating func write(in world: ServiceWorld) async throws -> Bool {
        let names = quietNames.filter { !model.isBeingCopied($0) }
        guard !names.isEmpty else { return false }
        let name = random.pick(names)
        count += 1
        guard try await world.write(Int64(count), to: name) else { return false }
        steps.append("\(count) is written to \(name)")
        model.write(Int64(count), to: name)
        return true
    }

    /// Notes what may have become of a request.
    private mutating func conclude(
        _ call: VolumeCall,
        _ process: SimulatedProcess,
        _ event: SimulatedProcess.Event
    ) async throws {
        switch event {
        case .stopped:
            ends.insert("\(call.verb.name) stopped")
            stopped.append((process, call))
            model.leaveOpen(call)
        case .ended where process.isDead:
            ends.insert("\(call.verb.name) died")
            model.leaveOpen(call)
        case .ended(nil):
            ends.insert("\(call.verb.name) succeeded")
            try model.succeed(call)
        case .ended(let error?):
            if try isOfDatabase(error) {
                ends.insert("\(call.verb.name) lost its database")
                model.leaveOpen(call)
                try await goOn(process)
            } else if (error as? VolumeError)?.code == .revertIncomplete {
                model.leaveOpen(call)
            }
        }
    }

    private mutating func endStopped(kills: Bool) async throws {
        let (process, call) = stopped.remove(at: random.below(stopped.count))
        steps.append("the process of \(call) \(kills ? "is killed" : "goes on")")
        if kills { return await process.kill() }
        // A process that is late may find out at its next write, or at its next look at the lease.
        if random.chance(50) { process.renewLease() }
        let event = await process.goOn()
        if process.isLate { ends.insert(process.isReplaced ? "late and replaced" : "late and in time") }
        guard case .ended(let error) = event else { throw BrokenPromise("\(call) stopped twice") }
        guard let error, try isOfDatabase(error) else { return }
        ends.insert("\(call.verb.name) lost its database")
        try await goOn(process)
    }

    /// Lets everything end, and compares what there is with the model.
    private mutating func settle(_ world: ServiceWorld) async throws {
        while !stopped.isEmpty { try await endStopped(kills: false) }
        steps.append("everything is recovered")
        try model.settle(try await world.settle())
    }

    private mutating func nextFate(_ call: VolumeCall) -> ProcessLife.Fate? {
        let moments =
            switch call.verb {
            case .transfer: 2
            case .forget: 4
            case .detach, .unexport, .removeSnapshot, .revert, .adopt: 8
            case .migrate: 20
            default: 12
            }
        let moment = 1 + random.below(moments)
        return switch random.below(100) {
        case 0..<30: .death(at: moment)
        case 30..<45: .failure(from: moment)
        case 45..<65 where stopped.count < 3: .stop(from: 1 + moment / 2)
        case 65..<75: .loss(from: 1 + moment / 2, isCommitted: random.chance(50))
        default: nil
        }
    }

    /// The names that no stopped request uses: another request might wait for it.
    private var quietNames: [String] {
        model.names.filter { name in !stopped.contains { $0.call.touches(name) } }
    }

    /// - Parameter objects: the objects of forgotten volumes, by the volumes' names.
    private mutating func nextCall(_ objects: [String: PoolObjectName]) -> VolumeCall {
        let names = quietNames
        guard !names.isEmpty, !random.chance(20) else {
            return VolumeCall(verb: .create, volume: newName("v"), project: random.pick(ServiceWorld.projects))
        }
        let forgotten = names.filter { objects[$0] != nil }
        let name = random.pick(forgotten.isEmpty || random.chance(60) ? names : forgotten)
        if let object = objects[name] {
            let project = random.pick(ServiceWorld.projects)
            return VolumeCall(verb: .adopt(object), volume: name, project: project)
        }
        let volume = model.example(name).volume
        let project = volume?.project ?? ServiceWorld.projects[0]
        if random.chance(8) {
            let verb = VolumeCall.Verb.clone(of: name, mebibytes: (volume?.mebibytes ?? 1) + Int64(random.below(2)))
            return VolumeCall(verb: verb, volume: newName("v"), project: project)
        }
        let verb = nextVerb(volume, isCopied: model.isBeingCopied(name), isReverted: model.isBeingReverted(name))
        return VolumeCall(verb: verb, volume: name, project: project)
    }

    private mutating func nextVerb(_ volume: ModelVolume?, isCopied: Bool, isReverted: Bool) -> VolumeCall.Verb {
        let snapshots = volume?.snapshots.keys.sorted() ?? []
        // Little else can be done with a volume in use.
        if let use = volume?.use, random.chance(50) { return use == .exported ? .unexport : .detach }
        switch random.below(20) {
        case 0: return .resize
        case 1, 2: return .attach
        case 3, 4: return .export
        // The data of a volume that is reverted in part are in the snapshot alone.
        case 6...7 where !snapshots.isEmpty && !isReverted: return .removeSnapshot(random.pick(snapshots))
        case 8...11 where !snapshots.isEmpty && !isCopied: return .revert(to: random.pick(snapshots))
        case 5...11: return .snapshot(newName("s"))
        case 12, 13: return isCopied ? .resize : .retype(to: random.pick(ServiceWorld.types))
        case 14, 15: return .migrate(to: random.pick(ServiceWorld.pools))
        case 16: return .transfer(to: random.pick(ServiceWorld.projects))
        case 17, 18: return .forget
        default: return .delete
        }
    }

    private mutating func newName(_ letter: String) -> String {
        count += 1
        return "\(letter)\(count)"
    }
}
