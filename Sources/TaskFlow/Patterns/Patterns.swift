/// A flow in a flow, whose parts run one after the other, each after the whole of the one before.
public struct LinearFlow: FlowPart {
    private let part: LoweredPart

    /// - Parameters:
    ///   - name: for links and messages; unique in a graph.
    ///   - retry: a step of a ``Retry``, which decides what becomes of the flow after a failure in it.
    public init(_ name: String, retry: (any FlowPart)? = nil, @FlowBuilder parts: () -> [any FlowPart]) {
        part = LoweredPart(name: name, pattern: .linear, retry: retry, parts: parts())
    }

    /// The part as the compiler takes it.
    public func lowered() -> LoweredPart { part }
}

/// A flow in a flow, whose parts have no order and don't see each other's values.
public struct UnorderedFlow: FlowPart {
    private let part: LoweredPart

    /// - Parameters:
    ///   - name: for links and messages; unique in a graph.
    ///   - retry: a step of a ``Retry``, which decides what becomes of the flow after a failure in it.
    public init(_ name: String, retry: (any FlowPart)? = nil, @FlowBuilder parts: () -> [any FlowPart]) {
        part = LoweredPart(name: name, pattern: .unordered, retry: retry, parts: parts())
    }

    /// The part as the compiler takes it.
    public func lowered() -> LoweredPart { part }
}

/// A flow in a flow, whose parts run in the order in which they need each other's values, and in which they are linked.
public struct GraphFlow: FlowPart {
    private let part: LoweredPart

    /// - Parameters:
    ///   - name: for links and messages; unique in a graph.
    ///   - retry: a step of a ``Retry``, which decides what becomes of the flow after a failure in it.
    public init(_ name: String, retry: (any FlowPart)? = nil, @FlowBuilder parts: () -> [any FlowPart]) {
        part = LoweredPart(name: name, pattern: .graph([]), retry: retry, parts: parts())
    }

    private init(part: LoweredPart) { self.part = part }

    /// Lets the part named `later` wait for the whole of the one named `earlier`, and see its values.
    public func linking(_ earlier: String, to later: String) -> Self {
        GraphFlow(part: part.linking(LoweredPart.Link(earlier: earlier, later: later)))
    }

    /// The part as the compiler takes it.
    public func lowered() -> LoweredPart { part }
}
