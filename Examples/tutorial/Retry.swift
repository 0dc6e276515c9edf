import TaskFlow

struct FormatOneRack: FlowTask {
    struct Input: Fields {
        @Field var rack: String
    }
    static let name = "format"

    func execute(_ input: Input) async throws -> Nothing {
        print("format \(input.rack)")
        if input.rack != "rack 9" { throw RackIsFull(place: input.rack) }
        return Nothing()
    }
}

func createOnTheNextRack() async throws {
    let racks = Step(ForEach(["rack 7", "rack 8", "rack 9"]), named: "racks").writing(\.$value, to: "rack")
    let flow = try Flow("create-volume") {
        LinearFlow("place", retry: racks) {
            Step("unlock") { print("unlock") }
            FormatOneRack()
        }
        Step("done") { print("made") }
    }
    try await Engine(flow, request: Nothing(), in: MemoryStore()).run()
}
