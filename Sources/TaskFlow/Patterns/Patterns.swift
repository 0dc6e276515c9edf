/// A flow in a flow, whose parts run one after the other, each after the whole of the one before.
public struct LinearFlow: Subflow {
    /// The part as the compiler takes it.
    public var part: LoweredPart

    /// - Parameters:
    ///   - name: for links and messages; unique in a graph.
    ///   - retry: a ``Retry`` or a step of one, which decides what becomes of the flow after a failure in it.
    public init(_ name: String, retry: (any FlowPart)? = nil, @FlowBuilder parts: () -> [any FlowPart]) {
        part = LoweredPart(name: name, pattern: .linear, retry: retry, parts: parts())
    }
}

/// A flow in a flow, whose parts have no order and don't see each other's values.
public struct UnorderedFlow: Subflow {
    /// The part as the compiler takes it.
    public var part: LoweredPart

    /// - Parameters:
    ///   - name: for links and messages; unique in a graph.
    ///   - retry: a ``Retry`` or a step of one, which decides what becomes of the flow after a failure in it.
    public init(_ name: String, retry: (any FlowPart)? = nil, @FlowBuilder parts: () -> [any FlowPart]) {
        part = LoweredPart(name: name, pattern: .unordered, retry: retry, parts: parts())
    }
}

/// A flow in a flow, whose parts run in the order in which they need each other's values, and in which they are linked.
public struct GraphFlow: Subflow {
    /// The part as the compiler takes it.
    public var part: LoweredPart

    /// - Parameters:
    ///   - name: for links and messages; unique in a graph.
    ///   - retry: a ``Retry`` or a step of one, which decides what becomes of the flow after a failure in it.
    public init(_ name: String, retry: (any FlowPart)? = nil, @FlowBuilder parts: () -> [any FlowPart]) {
        part = LoweredPart(name: name, pattern: .graph(links: [], target: nil), retry: retry, parts: parts())
    }

    /// Lets the part named `later` wait for the whole of the one named `earlier`, and see its values.
    public func linking(_ earlier: String, to later: String) -> Self {
        editing { $0.link(LoweredPart.Link(earlier: earlier, later: later, decider: nil)) }
    }

    /// Lets the part named `later` wait for the whole of the one named `earlier`, see its values, and run only if `decide`
    /// says so.
    ///
    /// `decide` is asked when the first steps of `later` could start, and not at all if `earlier` has been ignored. Several
    /// links to a part all have to agree; of those that don't, the widest depth counts.
    ///
    /// - Parameters:
    ///   - depth: what is ignored with `later` if the answer is no.
    ///   - decide: gets the values that `later` could read. It looks at nothing else and has no effect, as it may be asked
    ///     more than once. What it throws fails the step that it decides on.
    public func linking<Input: Fields>(
        _ earlier: String,
        to later: String,
        depth: Depth = .all,
        when decide: @escaping @Sendable (Input) throws -> Bool
    ) -> Self {
        editing { $0.link(LoweredPart.Link(earlier: earlier, later: later, decider: Decider(depth, decide))) }
    }

    /// Leaves in the flow only the part named `target` and what it waits for, directly or not (`taskflow: TargetedFlow`).
    public func targeting(_ target: String) -> Self { editing { $0.target(target) } }
}

/// A flow that stands in a flow.
public protocol Subflow: FlowPart {
    /// The part as the compiler takes it.
    var part: LoweredPart { get set }
}

extension Subflow {
    /// The part as the compiler takes it.
    public func lowered() -> LoweredPart { part }

    /// Gives all steps in this flow a value of its own under the name of a symbol; it beats the request and what steps
    /// provide, and is beaten by what is injected further inside.
    public func injecting<Value: Codable & Sendable>(_ value: Value, as symbol: String) -> Self {
        editing { $0.injected[symbol] = Injection(port: Field<Value>.port(named: symbol), value: value) }
    }

    /// Lets the flow, with all attempts of its retry, take no longer than `limit` from the start of its first step.
    ///
    /// What runs then is cancelled and fails with ``TimeLimitExceeded``, which no retry in the flow is asked about. Reverts
    /// are not limited by it.
    public func within(_ limit: Duration) -> Self { editing { $0.timeLimit = limit } }

    fileprivate func editing(_ edit: (inout LoweredPart) -> Void) -> Self {
        var copy = self
        edit(&copy.part)
        return copy
    }
}
