import TaskFlow

struct HostRequest: Fields {
    @Field var host: String
}

struct MakeDisk: RevertibleTask, PlacedTask {
    struct Input: Fields { @Field var host: String }
    struct Output: Fields { @Field var disk: String }
    static let name = "make-disk"

    func place(for input: Input) -> Place? { Place(input.host) }
    func execute(_ input: Input) async throws -> Output {
        print("make a disk on \(input.host)")
        return Output(disk: "\(input.host)/disk")
    }
    func revert(_ input: Input, after outcome: Outcome<Output>) async throws {
        if case .succeeded(let output) = outcome { print("remove \(output.disk)") }
    }
}

func createElsewhere() async throws {
    let flow = try Flow("make-disk", taking: HostRequest.self) { MakeDisk() }
    let (store, board) = (MemoryStore(), MemoryJobBoard())

    // On host-a:
    let options = EngineOptions(places: .only([Place("host-a")]), handOver: HandOverBoard(board, by: "host-a"))
    let engine = try Engine(flow, request: HostRequest(host: "host-b"), in: store, options: options)
    let state = try await engine.advance()
    print("\(state.rawValue) until somebody serves \(engine.place?.name ?? "nothing")")

    // On host-b:
    let conductor = Conductor(
        board: board,
        flows: FlowRegistry(flow),
        store: store,
        options: ConductorOptions(engine: EngineOptions(places: .only([Place("host-b")])))
    )
    try await conductor.run(maxDispatches: 1)

    // On host-a again:
    let result = try await store.waitForEnd(of: engine.id, atMost: .seconds(60))
    print(result?.state.rawValue ?? "not ended")
}
