/// What a transaction of an engine relies on and changes, beside the database's rules: a store may run transactions beside each
/// other that don't reach the same.
public enum TransactionReach: Sendable, Hashable {
    /// The engine's run, under its claim, and nothing else.
    case run
    /// The run, and what belongs to its scope (``FlowDetail/scope``).
    case scope(String)
    /// Anything.
    case everything
}

extension FlowRun {
    /// The reach of the transactions that run the flow's steps.
    var reach: TransactionReach {
        guard recipe.writesMore else { return .run }
        guard recipe.isWithinScope, let scope = detail.scope else { return .everything }
        return .scope(scope)
    }
}

extension Recipe {
    /// Whether the flow's transactions write more than the run's own records.
    fileprivate var writesMore: Bool { transaction != nil || opening != nil || ending != nil }
}

extension Flow {
    /// The same flow, whose transactional steps, conclusion and recordings rely on and change nothing but what belongs to the
    /// run's scope (``FlowDetail/scope``), or what they lock themselves by the means of the store.
    ///
    /// A store for many hosts runs the transactions of other scopes beside them. Without this, each has the store to itself.
    public func withinScope() -> Flow {
        var flow = self
        flow.recipe.isWithinScope = true
        return flow
    }
}
