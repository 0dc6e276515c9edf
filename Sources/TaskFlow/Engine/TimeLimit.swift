internal import FoundationEssentials
internal import TimeLimits

/// How long a step may take from now on, and what it throws then.
struct TimeLimit: Sendable {
    let remaining: Duration
    let error: TimeLimitExceeded

    /// - Throws: ``TimeLimitExceeded`` when there is no time left.
    func check() throws(TimeLimitExceeded) {
        if remaining <= .zero { throw error }
    }

    /// Runs `body`, and cancels it when its time is over. It is waited for; if it succeeds after all, that is what counts.
    ///
    /// - Throws: ``TimeLimitExceeded`` when it was cancelled, else what `body` throws.
    func apply<Result: Sendable>(_ body: @escaping @Sendable () async throws -> Result) async throws -> Result {
        try check()
        let (result, isLate) = await cancelling(after: remaining.clamped, body)
        if isLate, case .failure = result { throw error }
        return try result.get()
    }
}

extension TimeLimit? {
    func apply<Result: Sendable>(_ body: @escaping @Sendable () async throws -> Result) async throws -> Result {
        guard let limit = self else { return try await body() }
        return try await limit.apply(body)
    }
}

/// A step, or a flow, took longer than it may.
public struct TimeLimitExceeded: Error, Sendable, Hashable, Codable, CustomStringConvertible {
    /// The flow whose time was over; `nil` if it was the step's own.
    public let flow: String?
    /// How long it may take.
    public let limit: Duration
    /// Which limit of which run it was; `nil` in what was stored by earlier versions.
    let origin: Origin?

    /// Flows in flows may have one name, and a step may throw what a run of its own has thrown.
    struct Origin: Sendable, Hashable, Codable {
        let run: FlowID
        /// Its place among the limits of the recipe.
        let number: Int
    }

    init(flow: String?, limit: Duration, origin: Origin? = nil) {
        self.flow = flow
        self.limit = limit
        self.origin = origin
    }

    /// For people: what failed, and why.
    public var description: String {
        let who = flow.map { "flow '\($0)'" } ?? "it"
        return "\(who) took longer than the \(limit) that it may"
    }
}

extension FlowRun {
    /// The narrowest limit on the execution of `atom`, its own or that of a flow around it; on its revert, its own.
    func limit(of atom: Int) -> TimeLimit? {
        let compiled = recipe.atoms[atom]
        let own = compiled.atom.timeLimit.map {
            TimeLimit(remaining: $0, error: TimeLimitExceeded(flow: nil, limit: $0))
        }
        guard machine.atoms[atom] != .reverting, !compiled.limits.isEmpty else { return own }
        let time = now()
        let around = compiled.limits.map { index in
            let (flow, limit) = (recipe.limits[index].flow, recipe.limits[index].limit)
            let spent = Duration(clamping: time.timeIntervalSince(limitStarts[index] ?? time))
            let origin = TimeLimitExceeded.Origin(run: detail.id, number: index)
            let error = TimeLimitExceeded(flow: flow, limit: limit, origin: origin)
            return TimeLimit(remaining: limit.clamped - spent, error: error)
        }
        return ([own] + around).compactMap { $0 }.min { $0.remaining < $1.remaining }
    }

    /// The place among the recipe's of the limit on a flow because of which a step failed; `nil` if it was for another reason.
    func limit(exceededBy failure: Failure) -> Int? {
        guard let error = failure.error(as: TimeLimitExceeded.self), let name = error.flow else { return nil }
        let around = recipe.limits.indices.filter { recipe.limits[$0].flow == name }
        guard let origin = error.origin else { return around.first }
        return origin.run == detail.id && around.contains(origin.number) ? origin.number : nil
    }

    mutating func startLimits(around atom: Int, at time: Date) {
        // A journal has steps in the order in which they ended, not in that in which they started.
        for limit in recipe.atoms[atom].limits { limitStarts[limit] = min(time, limitStarts[limit] ?? time) }
    }
}
