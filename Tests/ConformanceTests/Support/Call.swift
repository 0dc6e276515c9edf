import Foundation
import TaskFlow

/// What a task called `bad`, or said to raise, raises.
struct RuntimeError: Error, Codable, Equatable, CustomStringConvertible {
    var description = "Woot!"
}

/// A task that writes down how it is called.
struct Call<Input: Fields, Output: Fields>: RevertibleTask {
    static var name: String { "call" }
    let recorder: Recorder
    let body: @Sendable (Input) throws -> Output
    var undo: @Sendable (Input) throws -> Void = { _ in }

    func execute(_ input: Input) async throws -> Output {
        recorder.note("> \(TaskContext.required.atom).execute(\(try Python.arguments(input).joined(separator: ", ")))")
        return try body(input)
    }

    func revert(_ input: Input, after outcome: Outcome<Output>) async throws {
        let result =
            switch outcome {
            case .succeeded(let output): Python.result(try Python.fields(output))
            case .failed(let failure): Python.failure(failure)
            case .unknown: "UNKNOWN"
            }
        let failures = TaskContext.required.failures.keys.sorted().map { "'\($0)'" }.joined(separator: ", ")
        let arguments = try Python.arguments(input) + ["result=\(result)", "flow_failures=[\(failures)]"]
        recorder.note("> \(TaskContext.required.atom).revert(\(arguments.joined(separator: ", ")))")
        try undo(input)
    }
}

extension Recorder {
    /// A task that does what `body` does.
    func task<Input: Fields, Output: Fields>(
        _ name: String,
        _ body: @escaping @Sendable (Input) throws -> Output
    ) -> Step<Call<Input, Output>> {
        Step(Call(recorder: self, body: body), named: name)
    }

    /// A task that takes and gives nothing.
    func task(_ name: String, revertRaising error: RuntimeError? = nil) -> Step<Call<Nothing, Nothing>> {
        Step(Call(recorder: self, body: { $0 }, undo: { _ in if let error { throw error } }), named: name)
    }

    /// A task that raises `Woot!`.
    func raising(_ name: String) -> Step<Call<Nothing, Nothing>> { task(name) { _ in throw RuntimeError() } }
}

/// What the cases tell of a run.
struct Run {
    let trace: String
    /// What `run()` threw, in the words of the legend.
    let raised: String?
    let state: FlowState
    let atoms: String
    /// The symbols that there are afterwards, the request's among them. A failure is not a value: TaskFlow lists the one of
    /// a step that was to give something under its symbol, ours doesn't.
    let symbols: String

    /// The trace without the calls.
    var events: String { trace.split(separator: "\n").filter { !$0.hasPrefix(">") }.joined(separator: "\n") }
}

extension Recorder {
    /// Runs `flow` from its beginning.
    func run<Request>(_ flow: Flow<Request>, _ request: Request) async throws -> Run {
        let store = MemoryStore()
        let engine = try Engine(flow, request: request, in: store)
        return try await run(engine, of: flow.recipe, in: store)
    }

    func run(_ flow: Flow<Nothing>) async throws -> Run { try await run(flow, Nothing()) }

    /// Runs `engine` and tells of it.
    func run<Store: FlowStore>(_ engine: Engine<Store>, of recipe: Recipe, in store: Store) async throws -> Run {
        listen(to: engine)
        return try await runAgain(engine, of: recipe, in: store)
    }

    /// Runs `engine`, which it listens to already, and tells of this run alone.
    func runAgain<Store: FlowStore>(_ engine: Engine<Store>, of recipe: Recipe, in store: Store) async throws -> Run {
        forget()
        var raised: String?
        do {
            try await engine.run()
        } catch let error as RuntimeError {
            raised = "RuntimeError: \(error)"
        } catch let error as WrappedFailure {
            raised = "WrappedFailure[\(error.failures.map { "'\($0.message)'" }.joined(separator: ", "))]"
        } catch {
            raised = "\(type(of: error)): \(error)"
        }
        let journal = try await store.load(engine.id)?.journal ?? []
        let states = Dictionary(
            journal.sinceReset.filter { $0.state != .pending }.map { ($0.atom, $0.state) },
            uniquingKeysWith: { $1 }
        )
        return Run(
            trace: trace,
            raised: raised,
            state: engine.state,
            atoms: recipe.steps.map { "\($0)=\((states[$0] ?? .pending).rawValue)" }.joined(separator: ", "),
            symbols: Python.symbols(engine.fetchAll())
        )
    }
}

extension [JournalEntry] {
    fileprivate var sinceReset: ArraySlice<JournalEntry> { self[(lastIndex { $0.isReset } ?? -1) + 1..<count] }
}

// MARK: - The symbols of the cases

struct X: Fields {
    @Field var x: Int
}

struct Y: Fields {
    @Field var y: Int
}

struct Z: Fields {
    @Field var z: Int
}

struct XY: Fields {
    @Field var x: Int
    @Field var y: Int
}

struct V: Fields {
    @Field var v: String
}
