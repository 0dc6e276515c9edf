import TaskFlow

struct Rack: Fields {
    @Field var free: Int
}

func measureRacks() async throws {
    let racks = ["rack 7": 20, "rack 8": 0, "rack 9": 400]
    let flow = try Flow("measure") {
        UnorderedFlow("racks") {
            for (name, free) in racks.sorted(by: { $0.key < $1.key }) {
                Step("measure \(name)") { (_: Nothing) in Rack(free: free) }.writing(\.$free, to: name)
            }
        }
        ReduceTask<Int>("sum", over: racks.keys.sorted(), into: "free", +)
    }
    let engine = try Engine(flow, request: Nothing(), in: MemoryStore(), options: EngineOptions(parallelism: 4))
    try await engine.run()
    print("\(try engine.fetch("free", as: Int.self)) GiB are free")
}
