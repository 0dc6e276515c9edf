import TaskFlow

// A retry tries its flow again, here with one value after another, and reverts each attempt before the next.

struct RetryFlow: Example {
    static let name = "retry-flow"

    struct CallJim: RevertibleTask {
        static let name = "call-jim"
        struct Input: Fields { @Field var jimNumber: Int }

        func execute(_ input: Input) async throws -> Nothing {
            print("Calling jim \(input.jimNumber).")
            guard input.jimNumber == 555 else { throw WrongNumber() }
            print("Hello Jim!")
            return Nothing()
        }

        func revert(_ input: Input, after outcome: Outcome<Nothing>) async throws {
            print("Wrong number, apologizing.")
        }
    }

    struct WrongNumber: Error {}

    /// The values of the request.
    struct Directory: Fields { @Field var phoneDirectory: [Int] }

    func run() async throws {
        // The retry is a step like any other: it takes the numbers, and provides each attempt with one of them.
        let eachNumber = Step(ParameterizedForEach(of: Int.self))
            .reading(\.$values, from: "phoneDirectory").writing(\.$value, to: "jimNumber")
        let flow = try Flow("retry-flow", taking: Directory.self, retry: eachNumber) { CallJim() }
        let directory = Directory(phoneDirectory: [333, 444, 555, 666])
        try await Engine(flow, request: directory, in: MemoryStore()).run()
    }
}
