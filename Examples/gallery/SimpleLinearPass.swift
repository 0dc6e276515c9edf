import TaskFlow

// A value passes from one step to the next: a step takes a value under the name under which an earlier step provides
// it.

struct SimpleLinearPass: Example {
    static let name = "simple-linear-pass"

    struct A: FlowTask {
        static let name = "a"
        struct Output: Fields { @Field var letter: String }

        func execute(_ input: Nothing) async throws -> Output {
            print("Executing '\(Self.name)'")
            return Output(letter: "a")
        }
    }

    struct B: FlowTask {
        static let name = "b"
        struct Input: Fields { @Field var letter: String }

        func execute(_ input: Input) async throws -> Nothing {
            print("Executing '\(Self.name)'")
            print("Got input '\(input.letter)'")
            return Nothing()
        }
    }

    func run() async throws {
        print("Constructing...")
        // With B before A, this would throw, as nothing would provide B's letter.
        let flow = try Flow("pass-from-to") {
            A()
            B()
        }
        print("Loading...")
        let engine = try Engine(flow, request: Nothing(), in: MemoryStore())
        print("Running...")
        try await engine.run()
        print("Done...")
    }
}
