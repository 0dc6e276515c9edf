import TaskFlow

/// A task with the priority that its type parameter gives.
struct Prioritized<Priority: Number>: FlowTask {
    static var name: String { "prioritized" }
    static var priority: Int { Priority.value }

    func execute(_ input: Nothing) async throws -> Nothing { input }
}

protocol Number {
    static var value: Int { get }
}

enum P0: Number { static let value = 0 }
enum P1: Number { static let value = 1 }
enum P2: Number { static let value = 2 }

/// A task that waits for the end of a stream and returns 'S'.
struct Waiting: RevertibleTask {
    struct Output: Fields {
        @Field var slow: String
    }
    static let name = "waiting"
    let recorder: Recorder
    let until: AsyncStream<Void>

    func execute(_ input: Nothing) async throws -> Output {
        for await _ in until {}
        return Output(slow: "S")
    }

    func revert(_ input: Nothing, after outcome: Outcome<Output>) async throws {}
}

struct A: Fields {
    @Field var a: String
}

struct B: Fields {
    @Field var b: String
}

struct C: Fields {
    @Field var c: String

    init(raising error: any Error) throws { throw error }
}

struct D: Fields {
    @Field var d: String
}

struct VW: Fields {
    @Field var v: String
    @Field var w: String
}
