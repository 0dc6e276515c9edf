import TaskFlow

struct Order: Fields {
    @Field var size: Int
}

struct ReserveSpace: RevertibleTask {
    struct Input: Fields {
        @Field var size: Int
    }
    struct Output: Fields {
        @Field var place: String
    }
    static let name = "reserve-space"

    func execute(_ input: Input) async throws -> Output {
        print("reserve \(input.size) GiB")
        return Output(place: "rack 7")
    }

    func revert(_ input: Input, after outcome: Outcome<Output>) async throws {
        if case .succeeded(let output) = outcome { print("give back \(input.size) GiB in \(output.place)") }
    }
}

struct Announce: FlowTask {
    struct Input: Fields {
        @Field var place: String
    }
    static let name = "announce"

    func execute(_ input: Input) async throws -> Nothing {
        print("the volume stands in \(input.place)")
        return Nothing()
    }
}

func createVolume() async throws {
    let flow = try Flow("create-volume", taking: Order.self) {
        ReserveSpace()
        Announce()
    }
    try await Engine(flow, request: Order(size: 10), in: MemoryStore()).run()
}
