import TaskFlow

// A graph flow as a build system: it builds everything in order, or only what one target needs.

struct BuildSystem: Example {
    static let name = "build-system"
    static let sources = ["first.c", "second.cpp", "main.cpp"]

    /// Pretends to make an object file.
    struct Compile: FlowTask {
        static let name = "compile"
        struct Input: Fields { @Field var source: String }
        struct Output: Fields { @Field var object: String }

        func execute(_ input: Input) async throws -> Output {
            let object = input.source.prefix { $0 != "." } + ".o"
            print("Compiling \(input.source) into \(object)")
            return Output(object: String(object))
        }
    }

    /// Pretends to make an executable.
    struct Link: FlowTask {
        static let name = "link"
        struct Input: Fields { @Field var objects: String }

        func execute(_ input: Input) async throws -> Nothing {
            print("Linking executable build/executable from files \(input.objects)")
            return Nothing()
        }
    }

    func run() async throws {
        print("Running all tasks:")
        try await Engine(Flow("build") { Self.everything }, request: Nothing(), in: MemoryStore()).run()

        print("Building executable, no docs:")
        let executable = try Flow("build-executable") { Self.everything.targeting("link") }
        try await Engine(executable, request: Nothing(), in: MemoryStore()).run()
    }

    static var everything: GraphFlow {
        GraphFlow("everything") {
            Link()
            ReduceTask("list-objects", over: sources.map { "object of \($0)" }, into: "objects") { "\($0), \($1)" }
            for source in sources {
                Step(Compile(), named: "compile-\(source)").injecting(source, as: \.$source)
                    .writing(\.$object, to: "object of \(source)")
            }
            Step("build-docs") { for source in sources { print("Building docs for \(source)") } }
        }
    }
}
