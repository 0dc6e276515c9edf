/// A subflow whose parts run one after another, each after the whole of the one before.
public struct LinearFlow: Subflow {
    /// The part in the form that the compiler takes.
    public var part: LoweredPart

    /// - Parameters:
    ///   - name: the name for links and messages; unique in a graph.
    ///   - retry: a ``Retry`` or a step of one, which decides about the flow after a failure in it.
    public init(_ name: String, retry: (any FlowPart)? = nil, @FlowBuilder parts: () -> [any FlowPart]) {
        part = LoweredPart(name: name, pattern: .linear, retry: retry, parts: parts())
    }
}

/// A subflow whose parts have no order and don't see each other's values.
public struct UnorderedFlow: Subflow {
    /// The part in the form that the compiler takes.
    public var part: LoweredPart

    /// - Parameters:
    ///   - name: the name for links and messages; unique in a graph.
    ///   - retry: a ``Retry`` or a step of one, which decides about the flow after a failure in it.
    public init(_ name: String, retry: (any FlowPart)? = nil, @FlowBuilder parts: () -> [any FlowPart]) {
        part = LoweredPart(name: name, pattern: .unordered, retry: retry, parts: parts())
    }
}

/// A subflow whose parts run in the order that their values and links require.
public struct GraphFlow: Subflow {
    /// The part in the form that the compiler takes.
    public var part: LoweredPart

    /// - Parameters:
    ///   - name: the name for links and messages; unique in a graph.
    ///   - retry: a ``Retry`` or a step of one, which decides about the flow after a failure in it.
    public init(_ name: String, retry: (any FlowPart)? = nil, @FlowBuilder parts: () -> [any FlowPart]) {
        part = LoweredPart(name: name, pattern: .graph(links: [], target: nil), retry: retry, parts: parts())
    }

    /// Makes the part named `later` wait for the whole part named `earlier`, and lets it see that part's values.
    public func linking(_ earlier: String, to later: String) -> Self {
        editing { $0.link(LoweredPart.Link(earlier: earlier, later: later, decider: nil)) }
    }

    /// Makes the part named `later` wait for the whole part named `earlier`, lets it see that part's values, and runs
    /// it only if
    /// `decide` returns `true`.
    ///
    /// `decide` is called when the first steps of `later` could start; it isn't called if `earlier` has been ignored.
    /// If a part has several links, all deciders have to agree; among those that refuse, the widest depth counts.
    ///
    /// - Parameters:
    ///   - depth: the steps that are ignored with `later` if `decide` returns `false`.
    ///   - decide: takes values that `later` could read. It must depend on nothing else and have no effects, as it may
    ///     be called more than once. If it throws, the step that it decides about fails.
    public func linking<Input: Fields>(
        _ earlier: String,
        to later: String,
        depth: Depth = .all,
        when decide: @escaping @Sendable (Input) throws -> Bool
    ) -> Self {
        editing { $0.link(LoweredPart.Link(earlier: earlier, later: later, decider: Decider(depth, decide))) }
    }

    /// Restricts the flow to the part named `target` and the parts that it waits for, directly or indirectly
    /// (`taskflow: TargetedFlow`).
    public func targeting(_ target: String) -> Self { editing { $0.target(target) } }
}

/// A flow inside a flow.
public protocol Subflow: FlowPart {
    /// The part in the form that the compiler takes.
    var part: LoweredPart { get set }
}

extension Subflow {
    /// The part in the form that the compiler takes.
    public func lowered() -> LoweredPart { part }

    /// Injects a value for a symbol into all steps of this flow. It takes precedence over the request and over values
    /// of steps, but not over values that are injected further inside.
    public func injecting<Value: Codable & Sendable>(_ value: Value, as symbol: String) -> Self {
        editing { $0.injected[symbol] = Injection(port: Field<Value>.port(named: symbol), value: value) }
    }

    /// Limits the time that the flow may take, including all attempts of its retry, from the start of its first step.
    ///
    /// After that time, running steps are cancelled and fail with ``TimeLimitExceeded``; retries in the flow are not
    /// asked about this failure. Reverts are not limited.
    public func within(_ limit: Duration) -> Self { editing { $0.timeLimit = limit } }

    fileprivate func editing(_ edit: (inout LoweredPart) -> Void) -> Self {
        var copy = self
        edit(&copy.part)
        return copy
    }
}
