import TaskFlow

/// The host in whose name a task runs.
enum Here {
    @TaskLocal static var host = "nowhere"
}

struct Site: Fields {
    @Field var site: String?
}

/// A step of the place `site` that notes where it is executed and reverted.
struct Visit: RevertibleTask, PlacedTask {
    static let name = "visit"
    let trace: Trace
    let doing: @Sendable () async throws -> Void

    func place(for input: Site) -> Place? { input.site.map { Place($0) } }

    func execute(_ input: Site) async throws -> Nothing {
        note("")
        try await doing()
        return Nothing()
    }

    func revert(_ input: Site, after outcome: Outcome<Nothing>) async throws {
        if case .unknown = outcome { return note("undo half of ") }
        note("undo ")
    }

    private func note(_ verb: String) {
        let again = TaskContext.current?.isRepetition == true ? " again" : ""
        trace.note("\(verb)\(TaskContext.current?.atom ?? "?") on \(Here.host)\(again)")
    }
}

/// A step of `place`, or of the place that the flow's symbol `site` names.
func visit(
    _ name: String,
    at place: String? = nil,
    in trace: Trace,
    _ doing: @escaping @Sendable () async throws -> Void = {}
) -> Step<Visit> {
    Step(Visit(trace: trace, doing: doing), named: name).injecting(place, as: \.$site)
}

/// Hosts that carry one run after the other, each as far as it can.
struct Journey<Store: FlowStore> {
    let store: Store
    let recipe: Recipe
    var options = EngineOptions()

    func options(of host: String) -> EngineOptions {
        var options = options
        options.places = .only([Place(host)])
        return options
    }

    /// Starts a run on `host`, and returns its engine when the run is at rest.
    func start(_ flow: Flow<Nothing>, on host: String) async throws -> Engine<Store> {
        let engine = try Engine(flow, request: Nothing(), in: store, options: options(of: host))
        _ = try await Here.$host.withValue(host) { try await engine.advance() }
        return engine
    }

    /// Goes on with a run on `host`.
    @discardableResult
    func proceed(_ flow: FlowID, on host: String) async throws -> Engine<Store> {
        let engine = try await Engine(resuming: flow, with: recipe, in: store, options: options(of: host))
        _ = try await Here.$host.withValue(host) { try await engine.advance() }
        return engine
    }

    /// Goes on with a run on the host that it waits for, until it has ended or is suspended.
    ///
    /// - Returns: its state, and the hosts that it has gone to.
    func finish(_ flow: FlowID) async throws -> (state: FlowState?, hosts: [String]) {
        var hosts: [String] = []
        while let place = try await store.load(flow)?.detail.place {
            hosts.append(place.name)
            try await proceed(flow, on: place.name)
        }
        return (try await store.load(flow)?.detail.state, hosts)
    }
}
