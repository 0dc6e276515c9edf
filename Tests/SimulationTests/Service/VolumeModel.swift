import VolumeAPI

/// A volume as a user knows it.
struct ModelVolume: Hashable {
    var project: String
    var mebibytes: Int64
    var use: Attachment.Kind?
    var type: String?
    /// The number with which its data begin.
    var content: Int64 = 0
    /// What each snapshot's data begin with.
    var snapshots: [String: Int64] = [:]
}

/// What there may be under a name.
struct ModelState: Hashable, CustomStringConvertible {
    var volume: ModelVolume?
    /// The object of a forgotten volume.
    var object: ModelObject?

    var description: String { volume.map { "\($0)" } ?? object.map { "\($0)" } ?? "absent" }

    /// A text that is different for each state.
    var order: String {
        guard let volume else { return description }
        let snapshots = volume.snapshots.sorted { $0.key < $1.key }
        return "\(volume.project) \(volume.mebibytes) \(volume.use?.rawValue ?? "free") \(volume.type ?? "none") "
            + "\(volume.content) \(snapshots)"
    }
}

/// An object that no record knows.
struct ModelObject: Hashable {
    let mebibytes: Int64
    let content: Int64
}

/// A request of a simulated process.
struct VolumeCall: Sendable, Hashable, CustomStringConvertible {
    enum Verb: Sendable, Hashable {
        case create
        /// A copy of a volume, with a size that is at least the volume's.
        case clone(of: String, mebibytes: Int64)
        case resize
        case attach
        case detach
        case export
        case unexport
        case snapshot(String)
        case removeSnapshot(String)
        case revert(to: String)
        case retype(to: String)
        case adopt(PoolObjectName)
        case forget
        case migrate(to: String)
        case transfer(to: String)
        case delete

        /// The name without the values.
        var name: String { "\(self)".split(separator: "(")[0].description }
    }

    let verb: Verb
    /// The volume that it changes.
    let volume: String
    /// The project in which it is made.
    let project: String

    var description: String { "\(verb) \(volume) in \(project)" }
}

/// What the volumes may be: several states of a volume are possible as long as a request on it is unfinished.
struct VolumeModel {
    /// A possible state of a volume.
    private struct Possibility: Hashable {
        var state = ModelState()
        /// The unfinished requests that have been carried out.
        var carriedOut: Set<Int> = []
    }

    private var states: [String: Set<Possibility>] = [:]
    /// The requests that may have been carried out, may yet be, or may never be.
    private var unfinished: [VolumeCall] = []

    /// The names under which there may be something, in a fixed order.
    var names: [String] { states.filter { $0.value.contains { $0.state != ModelState() } }.keys.sorted() }

    /// A state that is possible, in which there is something.
    func example(_ name: String) -> ModelState {
        states[name]?.map(\.state).filter { $0 != ModelState() }.min { $0.order < $1.order } ?? ModelState()
    }

    /// Whether there may be objects of forgotten volumes.
    var hasObjects: Bool { states.values.contains { $0.contains { $0.state.object != nil } } }

    /// Whether a request on the volume is unfinished.
    func isOpen(_ name: String) -> Bool { unfinished.contains { $0.volume == name } }

    /// Whether an unfinished request may still copy the volume.
    func isBeingCopied(_ name: String) -> Bool {
        unfinished.contains { $0.volume != name && $0.touches(name) }
    }

    /// Whether an unfinished request may have left the volume between two states of its data.
    func isBeingReverted(_ name: String) -> Bool {
        unfinished.contains { if case .revert = $0.verb { $0.volume == name } else { false } }
    }

    mutating func succeed(_ call: VolumeCall) throws(BrokenPromise) {
        let after = possibilities(of: call.volume).flatMap { results(of: call, on: $0) }
        guard !after.isEmpty else { throw BrokenPromise("\(call) succeeded, which is impossible") }
        states[call.volume] = Set(after)
        carryOutUnfinished(on: call.volume)
    }

    /// The request may be carried out at any time, or never.
    mutating func leaveOpen(_ call: VolumeCall) {
        unfinished.append(call)
        carryOutUnfinished(on: call.volume)
    }

    /// The volume exists, and its user has written to it.
    mutating func write(_ content: Int64, to name: String) {
        let written = possibilities(of: name)
            .compactMap { possibility -> Possibility? in
                var after = possibility
                guard after.state.volume != nil else { return nil }
                after.state.volume?.content = content
                return after
            }
        states[name] = Set(written)
        carryOutUnfinished(on: name)
    }

    /// Takes over what has been found, when nothing is unfinished any more.
    mutating func settle(_ found: [String: ModelState]) throws(BrokenPromise) {
        unfinished = []
        for (name, possible) in states {
            let state = found[name] ?? ModelState()
            guard possible.contains(where: { $0.state == state }) else {
                let words = Set(possible.map { "\($0.state)" }).sorted()
                throw BrokenPromise("\(name) is \(state) instead of \(words.joined(separator: " or "))")
            }
            states[name] = [Possibility(state: state)]
        }
        for name in found.keys where states[name] == nil { throw BrokenPromise("nobody has made \(name)") }
    }

    private func possibilities(of name: String) -> Set<Possibility> { states[name] ?? [Possibility()] }

    /// Adds the states to which unfinished requests lead, in any order.
    private mutating func carryOutUnfinished(on name: String) {
        var (all, new) = (possibilities(of: name), possibilities(of: name))
        while !new.isEmpty {
            var next: Set<Possibility> = []
            for state in new {
                for (number, call) in unfinished.enumerated()
                where call.volume == name && !state.carriedOut.contains(number) {
                    for var result in results(of: call, on: state) {
                        result.carriedOut.insert(number)
                        next.insert(result)
                    }
                }
            }
            new = next.subtracting(all)
            all.formUnion(new)
        }
        states[name] = all
    }

    /// The states after the request; empty if the request has to be refused.
    private func results(of call: VolumeCall, on possibility: Possibility) -> [Possibility] {
        let states =
            switch possibility.state.volume {
            case let volume?: [result(of: call, on: volume)].compactMap(\.self)
            case nil: newVolumes(by: call, from: possibility.state.object).map { ModelState(volume: $0) }
            }
        return states.map { Possibility(state: $0, carriedOut: possibility.carriedOut) }
    }

    /// The state after the request; `nil` if the request has to be refused.
    private func result(of call: VolumeCall, on volume: ModelVolume) -> ModelState? {
        var volume = volume
        guard volume.project == call.project else { return nil }
        switch call.verb {
        case .create, .clone, .adopt: return nil
        case .resize: volume.mebibytes += 1
        case .attach:
            guard volume.use != .exported else { return nil }
            volume.use = .attached
        case .detach: volume.use = volume.use == .attached ? nil : volume.use
        case .export:
            guard volume.use != .attached else { return nil }
            volume.use = .exported
        case .unexport: volume.use = volume.use == .exported ? nil : volume.use
        case .snapshot(let name): volume.snapshots[name] = volume.content
        case .removeSnapshot(let name): volume.snapshots[name] = nil
        case .revert(let snapshot):
            guard let content = volume.snapshots[snapshot], volume.use == nil else { return nil }
            volume.content = content
        case .retype(let type): volume.type = type
        case .migrate: break
        case .transfer(let project): volume.project = project
        case .delete, .forget:
            guard volume.use == nil && volume.snapshots.isEmpty else { return nil }
            guard case .forget = call.verb else { return ModelState() }
            return ModelState(object: ModelObject(mebibytes: volume.mebibytes, content: volume.content))
        }
        return ModelState(volume: volume)
    }

    /// The volumes that the request may make.
    private func newVolumes(by call: VolumeCall, from object: ModelObject?) -> [ModelVolume] {
        switch call.verb {
        case .create: return [ModelVolume(project: call.project, mebibytes: 1)]
        case .clone(let source, let mebibytes):
            // The type is read when the request is made, and the data later.
            let sources = possibilities(of: source).compactMap(\.state.volume)
            return Set(sources.map(\.type))
                .flatMap { type in
                    Set(sources.map(\.content))
                        .map {
                            ModelVolume(project: call.project, mebibytes: mebibytes, type: type, content: $0)
                        }
                }
        case .adopt:
            guard let object else { return [] }
            return [ModelVolume(project: call.project, mebibytes: object.mebibytes, content: object.content)]
        default: return []
        }
    }
}

extension VolumeCall {
    /// Whether the request uses the volume.
    func touches(_ name: String) -> Bool {
        if case .clone(name, _) = verb { return true }
        return volume == name
    }
}

/// A promise of the service that was broken.
struct BrokenPromise: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
