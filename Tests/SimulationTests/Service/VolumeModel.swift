/// A volume as a user knows it.
struct ModelVolume: Hashable {
    var project: String
    var mebibytes: Int64
    var isInUse = false
    var snapshots: Set<String> = []

    /// A text that is different for each state.
    var order: String { "\(project) \(mebibytes) \(isInUse) \(snapshots.sorted())" }
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
        case snapshot(String)
        case removeSnapshot(String)
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
        /// `nil` for absent.
        var volume: ModelVolume?
        /// The unfinished requests that have been carried out.
        var carriedOut: Set<Int> = []
    }

    private var states: [String: Set<Possibility>] = [:]
    /// The requests that may have been carried out, may yet be, or may never be.
    private var unfinished: [VolumeCall] = []

    /// The volumes that may exist, in a fixed order.
    var names: [String] { states.filter { $0.value.contains { $0.volume != nil } }.keys.sorted() }

    /// A state of the volume that is possible.
    func example(_ name: String) -> ModelVolume? {
        states[name]?.compactMap(\.volume).min { $0.order < $1.order }
    }

    mutating func succeed(_ call: VolumeCall) throws(BrokenPromise) {
        let results = possibilities(of: call.volume).compactMap { result(of: call, on: $0) }
        guard !results.isEmpty else { throw BrokenPromise("\(call) succeeded, which is impossible") }
        states[call.volume] = Set(results)
        carryOutUnfinished(on: call.volume)
    }

    /// The request may be carried out at any time, or never.
    mutating func leaveOpen(_ call: VolumeCall) {
        unfinished.append(call)
        carryOutUnfinished(on: call.volume)
    }

    /// Takes over what has been found, when nothing is unfinished any more.
    mutating func settle(_ found: [String: ModelVolume]) throws(BrokenPromise) {
        unfinished = []
        for (name, possible) in states {
            guard possible.contains(where: { $0.volume == found[name] }) else {
                let words = Set(possible.map { $0.volume.map { "\($0)" } ?? "absent" }).sorted()
                throw BrokenPromise(
                    "\(name) is \(found[name].map { "\($0)" } ?? "absent") instead of \(words.joined(separator: " or "))"
                )
            }
            states[name] = [Possibility(volume: found[name])]
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
                    guard var result = result(of: call, on: state) else { continue }
                    result.carriedOut.insert(number)
                    next.insert(result)
                }
            }
            new = next.subtracting(all)
            all.formUnion(new)
        }
        states[name] = all
    }

    /// The state after the request; `nil` if the request has to be refused.
    private func result(of call: VolumeCall, on state: Possibility) -> Possibility? {
        var after = state
        guard var volume = state.volume else {
            after.volume = newVolume(by: call)
            return after.volume == nil ? nil : after
        }
        guard volume.project == call.project else { return nil }
        switch call.verb {
        case .create, .clone: return nil
        case .resize: volume.mebibytes += 1
        case .attach: volume.isInUse = true
        case .detach: volume.isInUse = false
        case .snapshot(let name): volume.snapshots.insert(name)
        case .removeSnapshot(let name): volume.snapshots.remove(name)
        case .migrate: break
        case .transfer(let project): volume.project = project
        case .delete:
            guard !volume.isInUse && volume.snapshots.isEmpty else { return nil }
            after.volume = nil
            return after
        }
        after.volume = volume
        return after
    }

    private func newVolume(by call: VolumeCall) -> ModelVolume? {
        switch call.verb {
        case .create: ModelVolume(project: call.project, mebibytes: 1)
        case .clone(_, let mebibytes): ModelVolume(project: call.project, mebibytes: mebibytes)
        default: nil
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
