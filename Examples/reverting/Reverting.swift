import TaskFlow

// Reverting: when a step throws, the steps before it are undone, the last one first, and the caller gets the error.
//
// A step that can be undone is a `RevertibleTask`. Its `revert` gets the input of its `execute`, and the outcome.

struct A: RevertibleTask {
    static let name = "A"
    struct Input: Fields { @Field var aMessage: String }

    func execute(_ input: Input) async throws -> Nothing {
        print("A : \(input.aMessage)")
        return Nothing()
    }

    func revert(_ input: Input, after outcome: Outcome<Nothing>) async throws { print("A \(input.aMessage) revert") }
}

struct B: RevertibleTask {
    static let name = "B"
    struct Input: Fields { @Field var bMessage: String }

    func execute(_ input: Input) async throws -> Nothing {
        print("B : \(input.bMessage)")
        return Nothing()
    }

    func revert(_ input: Input, after outcome: Outcome<Nothing>) async throws { print("B \(input.bMessage) revert") }
}

/// A task without anything to undo, which is therefore not a `RevertibleTask`.
struct C: FlowTask {
    static let name = "C"
    struct Input: Fields { @Field var cMessage: String }

    func execute(_ input: Input) async throws -> Nothing {
        print("C : \(input.cMessage)")
        throw Unlucky(task: Self.name)
    }
}

struct Unlucky: Error, CustomStringConvertible {
    let task: String

    var description: String { "\(task) is out of luck" }
}

/// The values of the request.
struct Messages: Fields {
    @Field var aMessage: String
    @Field var bMessage: String
    @Field var cMessage: String
}

@main
enum Reverting {
    static func main() async throws {
        let flow = try Flow("reverting", taking: Messages.self) {
            A()
            B()
            C()
        }
        let messages = Messages(aMessage: "a", bMessage: "b", cMessage: "c")
        do {
            try await Engine(flow, request: messages, in: MemoryStore()).run()
        } catch {
            print("flow failed: \(error)")
        }
    }
}
