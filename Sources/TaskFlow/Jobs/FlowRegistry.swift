public import Identity

/// The flows that a process can run, by name and version.
public struct FlowRegistry: Sendable {
    private struct Key: Hashable {
        let name: String
        let version: Int
    }

    private var flows: [Key: any RegisteredFlow] = [:]

    /// A registry of `flows`. Of two of one name and version, the last counts.
    public init(_ flows: any RegisteredFlow...) {
        for flow in flows { register(flow) }
    }

    /// Adds a flow; several versions of one may be there at once.
    public mutating func register(_ flow: any RegisteredFlow) {
        flows[Key(name: flow.recipe.name, version: flow.recipe.version)] = flow
    }

    /// The flow of that name and version, or else the newest that has an upgrade from that version.
    ///
    /// - Throws: ``UnknownFlow``.
    public func flow(named name: String, version: Int) throws(UnknownFlow) -> any RegisteredFlow {
        let heirs = flows.values.filter { flow in
            flow.recipe.name == name && flow.recipe.upgrades.contains { $0.from == version }
        }
        let heir = heirs.max { $0.recipe.version < $1.recipe.version }
        guard let flow = flows[Key(name: name, version: version)] ?? heir else {
            let known = flows.keys.sorted { ($0.name, $0.version) < ($1.name, $1.version) }
            throw UnknownFlow(name: name, version: version, known: known.map { "'\($0.name)' version \($0.version)" })
        }
        return flow
    }
}

/// A flow without the type of its request: a ``Flow``.
public protocol RegisteredFlow: Sendable {
    /// What an engine runs.
    var recipe: Recipe { get }

    /// An engine for a new run. Nothing is stored before it runs.
    ///
    /// - Throws: when `request` is not the stored form of what the flow asks for, or the store doesn't fit.
    func engine<Store: FlowStore>(
        request: String,
        id: FlowID,
        subject: String,
        scope: String?,
        in store: Store,
        options: EngineOptions
    ) throws -> Engine<Store>
}

extension Flow: RegisteredFlow {
    /// An engine for a new run. Nothing is stored before it runs.
    public func engine<Store: FlowStore>(
        request: String,
        id: FlowID,
        subject: String,
        scope: String?,
        in store: Store,
        options: EngineOptions
    ) throws -> Engine<Store> {
        let request = try FieldMap<Request>().decode(request)
        return try Engine(self, request: request, id: id, subject: subject, scope: scope, in: store, options: options)
    }
}

/// A flow that a process does not have.
public struct UnknownFlow: Error, Sendable, Hashable, CustomStringConvertible {
    /// The name.
    public let name: String
    /// The version.
    public let version: Int
    /// Those that it has.
    public let known: [String]

    /// For people: what failed, and why.
    public var description: String {
        "there is no flow '\(name)' version \(version); known are: \(known.isEmpty ? "none" : known.joined(separator: ", "))"
    }
}
