public import FoundationEssentials

/// The state of a run's step, derived from the run's journal. It is not stored by itself.
public struct AtomDetail: Sendable, Hashable {
    /// The step's name.
    public let name: String
    /// The version of the atom's type; `nil` if the run was stored without its shape, or no longer has the step.
    public let version: Int?
    /// The step's state.
    public internal(set) var state = AtomState.pending
    /// The step's output, as a JSON object. It is kept when the step is reverted.
    public internal(set) var results: String?
    /// The failure of the execution. It is kept when the step is reverted.
    public internal(set) var failure: Failure?
    /// The failure of the revert.
    public internal(set) var revertFailure: Failure?
    /// The start of the last execution or revert.
    public internal(set) var startedAt: Date?
    /// The time at which the step entered its state.
    public internal(set) var updatedAt: Date?
    /// The process that held the run when the step entered its state; `nil` if that isn't known.
    public internal(set) var owner: String?
    /// The number of executions, without repetitions after the death of a process.
    public internal(set) var attempts = 0

    /// Whether the step has been started but not performed, and the flow is suspended.
    private var isWaiting = false

    init(name: String, version: Int?) {
        self.name = name
        self.version = version
    }
}

extension AtomDetail {
    /// The steps of a run, in the order of its recipe if its shape is known, otherwise in the order of their first
    /// entries.
    ///
    /// - Parameter holders: the former holders of the run, oldest first.
    public static func details(
        of flow: FlowDetail,
        journal: [JournalEntry],
        holders: [FormerHolder] = []
    ) -> [AtomDetail] {
        let shape = try? flow.shape?.shape()
        var details = (shape?.atoms ?? []).map { AtomDetail(name: $0.name, version: $0.version) }
        var numbers = Dictionary(zip(details.map(\.name), 0...), uniquingKeysWith: { first, _ in first })
        var former = holders[...]
        for (count, entry) in zip(1..., journal) {
            while let holder = former.first, holder.lastEntry < count { former.removeFirst() }
            guard !entry.isReset else {
                details = details.map { AtomDetail(name: $0.name, version: $0.version) }
                continue
            }
            guard !entry.isCancellation else { continue }
            let number = numbers[entry.atom] ?? details.endIndex
            if number == details.endIndex {
                numbers[entry.atom] = number
                details.append(AtomDetail(name: entry.atom, version: nil))
            }
            details[number].take(entry)
            let owner = former.first?.owner ?? flow.owner
            details[number].owner = owner.isEmpty ? nil : owner
            if let resolution = entry.resolution, let failure = resolution.failure, let retry = resolution.retry,
                let number = numbers[retry]
            {
                details[number].failure = failure
            }
            guard entry.state == .retrying else { continue }
            for name in shape?.scope(of: entry.atom) ?? [] {
                if let number = numbers[name] { details[number].reset() }
            }
        }
        return details
    }

    private mutating func take(_ entry: JournalEntry) {
        let hasWaited = isWaiting
        isWaiting = entry.state == .pending && !hasWaited
        if isWaiting { return }
        switch entry.state {
        case .running:
            attempts += state == .running ? 0 : 1
        case .success:
            attempts += state == .running ? 0 : 1
            (results, failure, revertFailure) = (entry.output, nil, nil)
        case .failure:
            // The journal holds a failure twice if another process resolved it than the one that stored it.
            attempts += state == .running || state == .failure ? 0 : 1
            (results, failure, revertFailure) = (nil, entry.failure, nil)
        case .reverting, .reverted:
            revertFailure = nil
        case .revertFailure:
            revertFailure = entry.failure
        case .pending:
            attempts -= 1
        case .ignore, .retrying:
            break
        }
        (state, startedAt, updatedAt) = (entry.state, entry.startedAt, entry.at)
    }

    /// Resets the step, whose flow starts again.
    private mutating func reset() {
        (state, results, failure, revertFailure) = (.pending, nil, nil, nil)
    }
}

extension FlowShape {
    /// The names of the steps in the flow of a retry.
    fileprivate func scope(of retry: String) -> [String] {
        let parents = Dictionary(atoms.map { ($0.name, $0.retry) }, uniquingKeysWith: { first, _ in first })
        return atoms.map(\.name)
            .filter { name in
                sequence(first: name, next: { parents[$0].flatMap { $0 } }).dropFirst().contains(retry)
            }
    }
}
