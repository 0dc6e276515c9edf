import TaskFlow

// A request to an API that a flow handles: it is read, recorded in a database, and sent on in pieces, with progress.

struct FakeBilling: Example {
    static let name = "fake-billing"

    struct Call: Fields {
        @Field var user: String
        @Field var id: String
    }

    struct Bill: Codable {
        let user: String
        let userID: Int
        let request: String
    }

    struct ParseCall: PureTask {
        static let name = "parse-call"
        struct Output: Fields { @Field var bill: Bill }

        func execute(_ input: Call) async throws -> Output {
            // This id stays the same if the step has to be repeated.
            let request = TaskContext.required.operation
            return Output(bill: Bill(user: input.user, userID: Int(Double(input.id) ?? 0), request: "\(request)"))
        }
    }

    struct MakeEntry: RevertibleTask {
        static let name = "make-entry"

        func execute(_ input: ParseCall.Output) async throws -> Nothing {
            print("Querying with: INSERT the bill of \(input.bill.user)")
            return Nothing()
        }

        func revert(_ input: ParseCall.Output, after outcome: Outcome<Nothing>) async throws {
            print("Querying with: DELETE the bill of \(input.bill.user), if there is one")
        }
    }

    struct ActivateDriver: FlowTask {
        static let name = "activate-driver"
        struct Output: Fields { @Field var sentTo: String }

        func execute(_ input: ParseCall.Output) async throws -> Output {
            let context = TaskContext.required
            // The driver doesn't depend on flows: it gets a function to call.
            return Output(sentTo: await send(input.bill, status: { context.report($0) }))
        }

        func send(_ bill: Bill, status: (Double) -> Void) async -> String {
            for sent in 1...3 { status(Double(sent) / 4) }
            return "https://billing.example"
        }
    }

    func run() async throws {
        let flow = try Flow("billing", taking: Call.self) {
            ParseCall()
            MakeEntry()
            GraphFlow("after-entry") {
                ActivateDriver()
                Step("declare-success") { (sent: ActivateDriver.Output) in
                    print("All data processed and sent to \(sent.sentTo)")
                    return Nothing()
                }
            }
        }
        let engine = try Engine(flow, request: Call(user: "bob", id: "1.35"), in: MemoryStore())
        engine.progressNotifier.register { change in
            if change.atom == ActivateDriver.name { print("\(change.atom) is \(Int(change.state * 100))% done") }
        }
        try await engine.listening(with: PrintingListener(to: { print($0) })) { try await engine.run() }
    }
}
