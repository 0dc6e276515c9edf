public import Identity

/// The flows that a process can run, by name and version.
public struct FlowRegistry: Sendable {
    private struct Key: Hashable {
        let name: String
        let version: Int
    }

    private var flows: [Key: any RegisteredFlow] = [:]

    /// Creates a registry of `flows`. Of two flows with the same name and version, the last counts.
    public init(_ flows: any RegisteredFlow...) {
        for flow in flows { register(flow) }
    }

    /// Adds a flow, or replaces the one with the same name and version. A registry may hold several versions of a flow.
    public mutating func register(_ flow: any RegisteredFlow) {
        flows[Key(name: flow.recipe.name, version: flow.recipe.version)] = flow
    }

    /// Returns the flow of that name and version, or else the newest one that has an upgrade from that version.
    ///
    /// - Throws: ``UnknownFlow`` if there is none.
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

/// A ``Flow`` without the type of its request.
public protocol RegisteredFlow: Sendable {
    /// The compiled flow.
    var recipe: Recipe { get }

    /// Creates an engine for a new run. Nothing is stored before it runs.
    ///
    /// - Throws: `DecodingError` if `request` is not the stored form of the flow's request; ``UnfitStore`` if the
    ///   flow's steps need another kind of transaction than the store's.
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
    /// Creates an engine for a new run. Nothing is stored before it runs.
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

/// A process has no flow of that name and version.
public struct UnknownFlow: Error, Sendable, Hashable, CustomStringConvertible {
    /// The name.
    public let name: String
    /// The version.
    public let version: Int
    /// The names and versions of the flows that the process has.
    public let known: [String]

    /// The message for a person: what failed and why.
    public var description: String {
        "there is no flow '\(name)' version \(version); the registered flows are: "
            + (known.isEmpty ? "none" : known.joined(separator: ", "))
    }
}
