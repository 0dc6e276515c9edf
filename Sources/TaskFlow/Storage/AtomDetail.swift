public import FoundationEssentials

/// Where a step of a run is, as the run's journal tells it. Made when somebody asks; not stored by itself.
public struct AtomDetail: Sendable, Hashable {
    /// The step's name.
    public let name: String
    /// The version of its type; `nil` if the run was stored without its shape, or has no such step any more.
    public let version: Int?
    /// Where it is.
    public internal(set) var state = AtomState.pending
    /// What it gave, as a JSON object. Stays when the step is reverted.
    public internal(set) var results: String?
    /// What went wrong in its execution. Stays when the step is reverted.
    public internal(set) var failure: Failure?
    /// What went wrong in its revert.
    public internal(set) var revertFailure: Failure?
    /// When its last execution or revert started.
    public internal(set) var startedAt: Date?
    /// When it came to its state.
    public internal(set) var updatedAt: Date?
    /// How often its execution has begun, but for repetitions after the death of a process.
    public internal(set) var attempts = 0

    /// Whether it has been started and waits for its turn while the flow is suspended.
    private var isWaiting = false

    init(name: String, version: Int?) {
        self.name = name
        self.version = version
    }
}

extension AtomDetail {
    /// The steps of a run, in the order of its recipe if its shape is known, else in that in which they began.
    public static func details(of flow: FlowDetail, journal: [JournalEntry]) -> [AtomDetail] {
        let shape = try? flow.shape?.shape()
        var details = (shape?.atoms ?? []).map { AtomDetail(name: $0.name, version: $0.version) }
        var numbers = Dictionary(zip(details.map(\.name), 0...), uniquingKeysWith: { first, _ in first })
        for entry in journal {
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
            // It stands there twice if it was resolved by a later process.
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

    /// The flow around it starts again.
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
