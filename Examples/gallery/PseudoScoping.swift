import TaskFlow

// The same two steps for several people: each pair has its own symbols, distinguished by a prefix.
//
// A subflow that injects a value, `LinearFlow("jim") { ... }.injecting("Jim", as: "person")`, does without the prefix
// for what it reads; what its steps give under one name is told apart where the subflows stand in an `UnorderedFlow`.

struct PseudoScoping: Example {
    static let name = "pseudo-scoping"
    static let phoneBook = ["jim": "444", "joe": "555", "josh": "777"]

    struct FetchNumber: FlowTask {
        static let name = "fetch"
        struct Input: Fields { @Field var person: String }
        struct Output: Fields { @Field var number: String? }

        func execute(_ input: Input) async throws -> Output {
            print("Fetching number for \(input.person).")
            return Output(number: phoneBook[input.person.lowercased()])
        }
    }

    struct Call: FlowTask {
        static let name = "call"
        struct Input: Fields {
            @Field var person: String
            @Field var number: String?
        }

        func execute(_ input: Input) async throws -> Nothing {
            print("Calling \(input.person) \(input.number ?? "in vain").")
            return Nothing()
        }
    }

    struct One: Fields { @Field var person: String }

    struct Three: Fields {
        @Field var jimPerson: String
        @Field var joePerson: String
        @Field var joshPerson: String
    }

    func run() async throws {
        print("Running simple flow:")
        let simple = try Flow("call-one", taking: One.self) {
            FetchNumber()
            Call()
        }
        try await Engine(simple, request: One(person: "Josh"), in: MemoryStore()).run()

        print("\nCalling many people using prefixed steps:")
        let many = try Flow("call-many", taking: Three.self) {
            for prefix in ["jim", "joe", "josh"] { Self.subflow(prefix) }
        }
        let three = Three(jimPerson: "Jim", joePerson: "Joe", joshPerson: "Josh")
        try await Engine(many, request: three, in: MemoryStore()).run()
    }

    static func subflow(_ prefix: String) -> LinearFlow {
        let (person, number) = ("\(prefix)Person", "\(prefix)Number")
        return LinearFlow(prefix) {
            Step(FetchNumber(), named: "\(prefix)-fetch").reading(\.$person, from: person)
                .writing(\.$number, to: number)
            Step(Call(), named: "\(prefix)-call").reading(\.$person, from: person).reading(\.$number, from: number)
        }
    }
}
