import TaskFlow

// A listener for one run, which gets the output or the failure of each step.

struct CatTalk: FlowTask {
    static let name = "CatTalk"
    struct Output: Fields { @Field var cat: String }

    func execute(_ input: Nothing) async throws -> Output {
        print("The cat talks.")
        return Output(cat: "meow")
    }
}

struct DogTalk: FlowTask {
    static let name = "DogTalk"
    struct Input: Fields { @Field var isDogAsleep: Bool }
    struct Output: Fields { @Field var dog: String }

    func execute(_ input: Input) async throws -> Output {
        if input.isDogAsleep { throw Asleep() }
        print("The dog talks.")
        return Output(dog: "woof")
    }
}

struct Asleep: Error, CustomStringConvertible {
    var description: String { "zzz" }
}

/// The value of the request.
struct Evening: Fields {
    @Field var isDogAsleep: Bool
}

/// Prints all changes of the steps of `engine` while `body` runs.
func printingChanges(of engine: Engine<MemoryStore>, while body: () async throws -> Void) async rethrows {
    let registration = engine.atomNotifier.register { change in
        // There is an output with SUCCESS, a failure with FAILURE, and neither with the other states.
        let result = change.failure?.message ?? change.output.values.map { "\($0)" }.first
        print(
            "'\(change.atom)' of flow \(change.flow) went to \(change.state.rawValue) from \(change.oldState.rawValue)",
            "with \(result.map { "result '\($0)'" } ?? "no result") (failed: \(change.failure != nil))"
        )
    }
    defer { engine.atomNotifier.deregister(registration) }
    try await body()
}

@main
enum CatDog {
    static func main() async throws {
        let flow = try Flow("cat-dog", taking: Evening.self) {
            CatTalk()
            DogTalk()
        }
        for evening in [Evening(isDogAsleep: false), Evening(isDogAsleep: true)] {
            let engine = try Engine(flow, request: evening, in: MemoryStore())
            // `advance` returns the state in which the run ended; it throws only if the store fails.
            try await printingChanges(of: engine) { print("The flow ends in \(try await engine.advance().rawValue).") }
        }
    }
}
