import TaskFlow

// Engines that are run in turn, one state at a time: `swift run example-gallery run-by-iter 2` has two of them.
//
// An engine pauses until its next state is asked for; the steps run between WAITING and ANALYZING.

struct RunByIter: Example {
    static let name = "run-by-iter"

    struct Echo: FlowTask {
        static let name = "echo"
        struct Input: Fields { @Field var letter: String }
        struct Output: Fields { @Field var next: String }

        func execute(_ input: Input) async throws -> Output {
            print(input.letter)
            return Output(next: String(Unicode.Scalar((input.letter.utf8.first ?? 0) + 1)))
        }
    }

    /// The value of the request.
    struct First: Fields { @Field var A: String }

    func run() async throws {
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ".map { String($0) }
        let flow = try Flow("alphabet", taking: First.self) {
            for (letter, next) in zip(alphabet, alphabet.dropFirst() + ["end"]) {
                Step(Echo(), named: "echo-\(letter)").reading(\.$letter, from: letter).writing(\.$next, to: next)
            }
        }
        let count = childArguments.first.flatMap { Int($0) } ?? 1
        let engines = try (0..<count).map { _ in try Engine(flow, request: First(A: "A"), in: MemoryStore()) }
        var iterators = engines.map { $0.states().makeAsyncIterator() }
        while !iterators.isEmpty {
            var running: [EngineStates<MemoryStore>.Iterator] = []
            for iterator in iterators {
                guard let state = try await iterator.next() else { continue }
                print(state.rawValue)
                running.append(iterator)
            }
            iterators = running
        }
    }
}
