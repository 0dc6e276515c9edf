import Foundation
import TaskFlow

/// The error of the failing tasks.
struct RuntimeError: Error, Codable, Equatable, CustomStringConvertible {
    var description = "Woot!"
}

/// A task that records its calls.
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
    /// A task that runs `body`.
    func task<Input: Fields, Output: Fields>(
        _ name: String,
        _ body: @escaping @Sendable (Input) throws -> Output
    ) -> Step<Call<Input, Output>> {
        Step(Call(recorder: self, body: body), named: name)
    }

    /// A task without inputs and outputs.
    func task(_ name: String, revertRaising error: RuntimeError? = nil) -> Step<Call<Nothing, Nothing>> {
        Step(Call(recorder: self, body: { $0 }, undo: { _ in if let error { throw error } }), named: name)
    }

    /// A task that raises `Woot!`.
    func raising(_ name: String) -> Step<Call<Nothing, Nothing>> { task(name) { _ in throw RuntimeError() } }
}

/// The observations of a run that a case compares.
struct Run {
    let trace: String
    /// The error that `run()` threw, in the notation of ``Recorder``.
    let raised: String?
    let state: FlowState
    let atoms: String
    /// The symbols after the run, with those of the request. TaskFlow lists the failure of a step under the step's
    /// symbol; here a failure is not a value.
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

    /// Runs `engine` and returns the observations.
    func run<Store: FlowStore>(_ engine: Engine<Store>, of recipe: Recipe, in store: Store) async throws -> Run {
        listen(to: engine)
        return try await runAgain(engine, of: recipe, in: store)
    }

    /// Runs `engine`, to which this recorder listens already, and returns the observations of this run alone.
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
