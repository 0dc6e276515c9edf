import DriverKit

/// The description of a simulated flow, as plain values that can be printed and shrunk.
///
/// Numbers name parts: a step is `s3`, a flow `f3`, a flow's retry `r3`. References to a part that was removed are
/// ignored.
struct FlowPlan: Equatable, Sendable {
    enum Pattern: CaseIterable {
        case linear
        case unordered
        case graph
    }

    var number: Int
    var pattern: Pattern
    var retry: RetryPlan?
    var parts: [PartPlan]
    var links: [LinkPlan] = []
    /// The only part of a graph that runs, with the parts that it waits for.
    var target: Int?
    /// In seconds.
    var limit: Int?
}

indirect enum PartPlan: Equatable, Sendable {
    case step(StepPlan)
    case flow(FlowPlan)

    var number: Int {
        switch self {
        case .step(let step): step.number
        case .flow(let flow): flow.number
        }
    }

    var name: String {
        switch self {
        case .step(let step): step.name
        case .flow(let flow): "f\(flow.number)"
        }
    }
}

struct StepPlan: Equatable {
    enum Kind: CaseIterable {
        case pure
        case transactional
        case undoableTransactional
        case external
        case undoable
    }

    var number: Int
    var kind: Kind
    var priority = 0
    /// The steps whose values it reads.
    var reads: [Int] = []
    /// The steps among them whose values are optional.
    var optional: Set<Int> = []
    /// In seconds.
    var limit: Int?
    var place: PlacePlan?

    var name: String { "s\(number)" }
}

/// The place of a step, one of a number of places.
struct PlacePlan: Equatable {
    var base: Int
    /// The number of places.
    var count: Int
    /// Whether it depends on the step's inputs.
    var isByInput: Bool

    func place(for inputs: [(any Sendable)?]) -> Int {
        let shift = isByInput ? inputs.reduce(0) { ($0 * 7 + (($1 as? Int) ?? 3)) % count } : 0
        return (base + shift) % count
    }
}

enum RetryPlan: Equatable {
    case times(Int, revertsAll: Bool)
    case forEach(Int, revertsAll: Bool)
    case revert
    case revertAll
}

struct LinkPlan: Equatable {
    var earlier: Int
    var later: Int
    var decider: DeciderPlan?
}

struct DeciderPlan: Equatable {
    /// The raw value of a `Depth`.
    var depth: Int
    /// Determines the answer together with the values.
    var salt: UInt64
}

// MARK: - By chance

extension FlowPlan {
    /// A random flow of some steps, nested to some depth.
    static func random(using random: inout SplitMix64) -> FlowPlan {
        var (next, budget) = (0, 3 + random.below(7))
        return .random(depth: 0, next: &next, budget: &budget, using: &random)
    }

    private static func random(
        depth: Int,
        next: inout Int,
        budget: inout Int,
        using random: inout SplitMix64
    ) -> FlowPlan {
        var flow = FlowPlan(number: next, pattern: random.pick(Pattern.allCases), retry: nil, parts: [])
        next += 1
        if random.chance(depth == 0 ? 40 : 55) { flow.retry = .random(using: &random) }
        if random.chance(8) { flow.limit = 1 + random.below(30) }
        let count = 1 + random.below(depth == 0 ? 5 : 3)
        for _ in 0..<count where budget > 0 {
            if depth < 3, random.chance(depth == 0 ? 45 : 30) {
                flow.parts.append(.flow(.random(depth: depth + 1, next: &next, budget: &budget, using: &random)))
            } else {
                flow.parts.append(.step(.random(number: next, using: &random)))
                next += 1
                budget -= 1
            }
        }
        guard flow.pattern == .graph else { return flow }
        for later in flow.parts.indices.dropFirst() where random.chance(60) {
            for _ in 0...random.below(2) {
                let decider =
                    random.chance(50) ? DeciderPlan(depth: random.below(4), salt: random.next() % 1000) : nil
                flow.links.append(
                    LinkPlan(
                        earlier: flow.parts[random.below(later)].number,
                        later: flow.parts[later].number,
                        decider: decider
                    )
                )
            }
        }
        if random.chance(15), let part = flow.parts.last { flow.target = part.number }
        return flow
    }
}

extension StepPlan {
    fileprivate static func random(number: Int, using random: inout SplitMix64) -> StepPlan {
        let kinds: [Kind] = [
            .pure, .pure, .transactional, .undoableTransactional, .external, .undoable, .undoable, .undoable,
        ]
        var step = StepPlan(number: number, kind: random.pick(kinds))
        if random.chance(25) { step.priority = random.below(5) - 2 }
        for _ in 0..<random.below(3) where number > 1 {
            let read = 1 + random.below(number - 1)
            guard !step.reads.contains(read) else { continue }
            step.reads.append(read)
            if random.chance(30) { step.optional.insert(read) }
        }
        if random.chance(10) { step.limit = 1 + random.below(8) }
        return step
    }
}

extension RetryPlan {
    fileprivate static func random(using random: inout SplitMix64) -> RetryPlan {
        switch random.below(6) {
        case 0: .revert
        case 1: .revertAll
        case 2, 3: .forEach(1 + random.below(3), revertsAll: random.chance(25))
        default: .times(1 + random.below(3), revertsAll: random.chance(25))
        }
    }
}

// MARK: - Places

extension FlowPlan {
    /// This plan, with places for some of its steps.
    func placed(among count: Int, using random: inout SplitMix64) -> FlowPlan {
        var flow = self
        for index in flow.parts.indices {
            switch flow.parts[index] {
            case .flow(let inner): flow.parts[index] = .flow(inner.placed(among: count, using: &random))
            case .step(var step):
                guard random.chance(60) else { continue }
                step.place = PlacePlan(base: random.below(count), count: count, isByInput: random.chance(30))
                flow.parts[index] = .step(step)
            }
        }
        return flow
    }
}

// MARK: - Smaller

extension FlowPlan {
    /// The plans that lack one element of this one, the largest reductions first.
    func smaller() -> [FlowPlan] {
        var all: [FlowPlan] = []
        for index in parts.indices where parts.count > 1 {
            var copy = self
            copy.parts.remove(at: index)
            all.append(copy)
        }
        for index in parts.indices {
            guard case .flow(let inner) = parts[index] else { continue }
            var copy = self
            copy.parts.replaceSubrange(index...index, with: inner.parts)
            all.append(copy)
        }
        for edit in [{ $0.retry = nil }, { $0.limit = nil }, { $0.target = nil }, { $0.pattern = .linear }]
            as [(inout FlowPlan) -> Void]
        {
            var copy = self
            edit(&copy)
            all.append(copy)
        }
        for index in links.indices {
            var copy = self
            copy.links.remove(at: index)
            all.append(copy)
            copy = self
            copy.links[index].decider = nil
            all.append(copy)
        }
        for index in parts.indices {
            for part in parts[index].smaller() {
                var copy = self
                copy.parts[index] = part
                all.append(copy)
            }
        }
        return all.filter { $0 != self }
    }
}

extension PartPlan {
    fileprivate func smaller() -> [PartPlan] {
        switch self {
        case .flow(let flow):
            return flow.smaller().map { .flow($0) }
        case .step(let step):
            return
                ([{ $0.reads = [] }, { $0.limit = nil }, { $0.priority = 0 }, { $0.place = nil }]
                as [(inout StepPlan) -> Void])
                .map { edit in
                    var copy = step
                    edit(&copy)
                    return .step(copy)
                }
        }
    }
}

// MARK: - For people

extension FlowPlan: CustomStringConvertible {
    var description: String { lines.joined(separator: "\n") }

    private var lines: [String] {
        var head = "f\(number): \(pattern)"
        if let retry { head += ", retry r\(number) \(retry)" }
        if let limit { head += ", within \(limit) s" }
        if let target { head += ", target \(target)" }
        let inner = parts.flatMap { part -> [String] in
            switch part {
            case .step(let step): ["  \(step)"]
            case .flow(let flow): flow.lines.map { "  " + $0 }
            }
        }
        let links = links.map { link in
            let decider = link.decider.map { " if decider \($0.salt) says so, else to depth \($0.depth)" } ?? ""
            return "  link \(link.earlier) -> \(link.later)\(decider)"
        }
        return [head] + inner + links
    }
}

extension StepPlan: CustomStringConvertible {
    var description: String {
        var text = "\(name): \(kind)"
        if !reads.isEmpty {
            text += ", reads " + reads.map { optional.contains($0) ? "s\($0)?" : "s\($0)" }.joined(separator: " ")
        }
        if priority != 0 { text += ", priority \(priority)" }
        if let limit { text += ", within \(limit) s" }
        if let place { text += ", at p\(place.base)\(place.isByInput ? " + inputs" : "")" }
        return text
    }
}
