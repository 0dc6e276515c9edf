import TaskFlow

struct RackIsFull: Error, Codable, CustomStringConvertible {
    let place: String

    var description: String { "\(place) is full" }
}

struct Format: FlowTask {
    struct Input: Fields {
        @Field var place: String
    }
    static let name = "format"

    func execute(_ input: Input) async throws -> Nothing { throw RackIsFull(place: input.place) }
}

func createOnAFullRack() async {
    do {
        let flow = try Flow("create-volume", taking: Order.self) {
            ReserveSpace()
            Format()
            Announce()
        }
        try await Engine(flow, request: Order(size: 10), in: MemoryStore()).run()
    } catch let error as RackIsFull {
        print("nothing was made: \(error)")
    } catch {
        print("this flow throws nothing else, but \(error)")
    }
}
