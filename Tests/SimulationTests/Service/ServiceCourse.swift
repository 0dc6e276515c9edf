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
            for _ in 0..<(12 + random.below(12)) {
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
        if random.chance(8) { return try await settle(world) }
        if random.chance(12) {
            let process = try world.process(random.chance(50) ? .death(at: 1 + random.below(12)) : nil)
            steps.append("a process recovers")
            if case .ended(let error?) = await process.recover(), !process.isDead { throw error }
            return
        }
        let call = nextCall()
        let fate = nextFate(call)
        steps.append("\(call)" + (fate.map { ", \($0)" } ?? ""))
        let process = try world.process(fate)
        try conclude(call, process, await process.begin(call))
    }

    /// Notes what may have become of a request.
    private mutating func conclude(
        _ call: VolumeCall,
        _ process: SimulatedProcess,
        _ event: SimulatedProcess.Event
    ) throws {
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
            guard let error = error as? VolumeError, error.code != .unexpected else { throw error }
            steps.append("  \(error.code): \(error.message)")
            if error.code == .revertIncomplete { model.leaveOpen(call) }
        }
    }

    private mutating func endStopped(kills: Bool) async throws {
        let (process, call) = stopped.remove(at: random.below(stopped.count))
        steps.append("the process of \(call) \(kills ? "is killed" : "goes on")")
        if kills { return await process.kill() }
        let event = await process.goOn()
        guard case .ended(let error) = event else { throw BrokenPromise("\(call) stopped twice") }
        guard let error else { return }
        guard let error = error as? VolumeError, error.code != .unexpected else { throw error }
        steps.append("  \(error.code): \(error.message)")
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
            case .migrate: 30
            default: 12
            }
        let moment = 1 + random.below(moments)
        return switch random.below(100) {
        case 0..<30: .death(at: moment)
        case 30..<45: .failure(from: moment)
        case 45..<65 where stopped.count < 2: .stop(from: 1 + moment / 2)
        default: nil
        }
    }

    private mutating func nextCall() -> VolumeCall {
        // Volumes of stopped requests are left alone: another request might wait for them.
        let names = model.names.filter { name in !stopped.contains { $0.call.touches(name) } }
        guard !names.isEmpty, !random.chance(20) else {
            return VolumeCall(verb: .create, volume: newName("v"), project: random.pick(ServiceWorld.projects))
        }
        let name = random.pick(names)
        let volume = model.example(name)
        let project = volume?.project ?? ServiceWorld.projects[0]
        let verb: VolumeCall.Verb
        switch random.below(11) {
        case 0:
            let verb = VolumeCall.Verb.clone(of: name, mebibytes: (volume?.mebibytes ?? 1) + Int64(random.below(2)))
            return VolumeCall(verb: verb, volume: newName("v"), project: project)
        case 1: verb = .resize
        case 2, 3: verb = volume?.isInUse == true ? .detach : .attach
        case 4: verb = .snapshot(newName("s"))
        case 5, 6:
            let snapshots = volume?.snapshots.sorted() ?? []
            verb = snapshots.isEmpty ? .snapshot(newName("s")) : .removeSnapshot(random.pick(snapshots))
        case 7: verb = .migrate(to: random.pick(ServiceWorld.pools))
        case 8: verb = .transfer(to: random.pick(ServiceWorld.projects))
        default: verb = .delete
        }
        return VolumeCall(verb: verb, volume: name, project: project)
    }

    private mutating func newName(_ letter: String) -> String {
        count += 1
        return "\(letter)\(count)"
    }
}
