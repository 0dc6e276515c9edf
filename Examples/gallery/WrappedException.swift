import TaskFlow

// Two steps that fail at the same time: the caller gets a single error as it was thrown, several errors in a wrapper.

struct WrappedException: Example {
    static let name = "wrapped-exception"

    // A `Codable` error can be decoded from the failure that holds it, even by another process.
    struct FirstError: Error, Codable {}
    struct SecondError: Error, Codable {}
    struct BadValue: Error, Codable, CustomStringConvertible {
        let value: String
        var description: String { "'\(value)' says neither yes nor no" }
    }

    func run() async throws {
        print("One that fails")
        try await run(FirstError(), nil)
        print("Both")
        try await run(FirstError(), SecondError())
        print("Both, one of them with an error that is passed on")
        do {
            try await run(FirstError(), BadValue(value: "boom"))
        } catch let error as BadValue {
            print("As expected, BadValue is here: \(error)")
        }
    }

    func run(_ first: (any Error)?, _ second: (any Error)?) async throws {
        // Neither fails before the other has begun.
        let both = Rendezvous(of: 2)
        let flow = try Flow("wrapped-exception") {
            UnorderedFlow("both") {
                Step("first") {
                    await both.arrive()
                    if let first { throw first }
                }
                Step("second") {
                    await both.arrive()
                    if let second { throw second }
                }
            }
        }
        do {
            let options = EngineOptions(parallelism: 2)
            try await Engine(flow, request: Nothing(), in: MemoryStore(), options: options).run()
        } catch is FirstError {
            print("Got FirstError alone")
        } catch let several as WrappedFailure {
            for failure in several.failures {
                switch failure {
                case _ where failure.error(as: FirstError.self) != nil: print("Got FirstError of '\(failure.atom)'")
                case _ where failure.error(as: SecondError.self) != nil: print("Got SecondError of '\(failure.atom)'")
                default: throw failure.error(as: BadValue.self) ?? several
                }
            }
        }
    }
}
