internal import FoundationEssentials
internal import TimeLimits

/// The time that a step has left, and the error with which it fails after that.
struct TimeLimit: Sendable {
    let remaining: Duration
    let error: TimeLimitExceeded

    /// - Throws: ``TimeLimitExceeded`` if no time is left.
    func check() throws(TimeLimitExceeded) {
        if remaining <= .zero { throw error }
    }

    /// Runs `body`, cancels it when its time is over, and waits for its end. If it succeeds nevertheless, its result is
    /// returned.
    ///
    /// - Throws: ``TimeLimitExceeded`` if `body` was cancelled and failed; otherwise the error of `body`.
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

/// A step or a flow exceeded its time limit.
public struct TimeLimitExceeded: Error, Sendable, Hashable, Codable, CustomStringConvertible {
    /// The flow whose limit was exceeded; `nil` for the step's own limit.
    public let flow: String?
    /// The time limit.
    public let limit: Duration
    /// The exceeded limit of a flow; `nil` for a step's own limit and in errors that earlier versions have stored.
    let origin: Origin?

    /// Identifies the limit of a flow. The flow's name isn't enough: subflows may share a name, and a step may throw
    /// the error of a run of its own.
    struct Origin: Sendable, Hashable, Codable {
        let run: FlowID
        /// The index into the recipe's `limits`.
        let number: Int
    }

    init(flow: String?, limit: Duration, origin: Origin? = nil) {
        self.flow = flow
        self.limit = limit
        self.origin = origin
    }

    /// The message for a person: what failed and why.
    public var description: String {
        let subject = flow.map { "flow '\($0)'" } ?? "it"
        return "\(subject) exceeded its time limit of \(limit)"
    }
}

extension FlowRun {
    /// The limit with the least time left on the execution of `atom`, its own or that of a flow around it; for a
    /// revert, its own.
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

    /// The index of the flow's time limit that a step's failure is due to; `nil` if the step failed for another reason.
    func limit(exceededBy failure: Failure) -> Int? {
        guard let error = failure.error(as: TimeLimitExceeded.self), let name = error.flow else { return nil }
        let around = recipe.limits.indices.filter { recipe.limits[$0].flow == name }
        guard let origin = error.origin else { return around.first }
        return origin.run == detail.id && around.contains(origin.number) ? origin.number : nil
    }

    mutating func startLimits(around atom: Int, at time: Date) {
        // A journal lists steps in the order in which they ended, not in which they started.
        for limit in recipe.atoms[atom].limits { limitStarts[limit] = min(time, limitStarts[limit] ?? time) }
    }
}
