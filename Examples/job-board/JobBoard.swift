import TaskFlow

// A poster and two conductors: the poster posts jobs, and the next free conductor claims and runs each.
//
// Here all three are in one process, and the board is in memory. With `SQLJobBoard` and `SQLStore` they can be in as
// many processes as you like: if a conductor dies, another one claims its job and continues the flow.

struct Paint: FlowTask {
    static let name = "paint"
    struct Input: Fields { @Field var colour: String }
    struct Output: Fields { @Field var coats: Int }

    struct OutOf: Error, Codable, CustomStringConvertible {
        let colour: String
        var description: String { "there is no \(colour) left" }
    }

    func execute(_ input: Input) async throws -> Output {
        if input.colour == "purple" { throw OutOf(colour: input.colour) }
        return Output(coats: input.colour == "white" ? 3 : 2)
    }
}

@main
enum JobBoardExample {
    static func main() async throws {
        let painting = try Flow("painting", taking: Paint.Input.self) {
            Paint()
        }
        let (board, store) = (MemoryJobBoard(), MemoryStore())

        // The poster. A job holds the name of a flow and its request; the poster need not have the flow itself.
        let wishes: [(colour: String, priority: JobPriority)] = [
            ("red", .low), ("white", .normal), ("purple", .normal), ("green", .veryHigh), ("blue", .normal),
        ]
        var jobs: [Job] = []
        for wish in wishes {
            let details = try JobDetails(flow: "painting", request: Paint.Input(colour: wish.colour))
            jobs.append(Job(wish.colour, details: details, priority: wish.priority, by: "poster"))
        }
        jobs.append(Job("carpet", details: JobDetails(flow: "weaving", request: "{}"), by: "poster"))
        for job in jobs { try await board.post(job) }

        print("on the board:")
        for posting in try await board.jobs() {
            print("  \(posting.job.name), \(posting.job.priority), \(posting.state.rawValue)")
        }

        // Two conductors, which have the flow registered by its name. It is random which of them gets which job.
        let conductors = ["north", "south"]
            .map { name in
                Conductor(named: name, board: board, flows: FlowRegistry(painting), store: store)
            }
        try await withThrowingTaskGroup { group in
            for conductor in conductors { group.addTask { try await conductor.run() } }

            // The poster waits for each of its jobs.
            print("done:")
            for job in jobs { await tell(of: job, on: board, in: store) }
            for conductor in conductors { conductor.stop() }
            var count = 0
            for try await dispatched in group { count += dispatched }
            print("\(count) jobs were claimed by two conductors, \(try await board.jobs().count) are left")
        }
    }

    static func tell(of job: Job, on board: MemoryJobBoard, in store: MemoryStore) async {
        do {
            guard let result = try await board.result(of: job, in: store, atMost: .seconds(60)) else {
                return print("  \(job.name): still waiting")
            }
            if let output = try result.output(of: Paint.name, as: Paint.Output.self) {
                print("  \(job.name): \(result.state.rawValue), \(output.coats) coats")
            } else {
                print("  \(job.name): \(result.state.rawValue), \(result.failures.map(\.description).joined())")
            }
        } catch {
            print("  \(job.name): \(error)")
        }
    }
}
