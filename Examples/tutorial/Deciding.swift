import TaskFlow

func checkRacks() async throws {
    let flow = try Flow("check") {
        GraphFlow("check") {
            Step("measure") { (_: Nothing) in Rack(free: 0) }
            Step("fill") { print("fill the rack") }
            Step("report") { print("measured") }
        }
        .linking("measure", to: "fill", depth: .atom) { (rack: Rack) in rack.free > 0 }
        .linking("fill", to: "report")
    }
    try await Engine(flow, request: Nothing(), in: MemoryStore()).run()
}
