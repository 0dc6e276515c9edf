import TaskFlow

/// ``Times`` that records its calls.
struct RecordedTimes: RevertibleRetry {
    typealias Output = Times.Output
    static let name = "times"
    let recorder: Recorder
    let name: String
    let times: Times

    func execute(_ input: Nothing, history: History<Output>) async throws -> Output {
        let output = try await times.execute(input, history: history)
        recorder.note("> \(name).execute(history=\(history.words)) -> \(output.attempt)")
        return output
    }

    func onFailure(_ input: Nothing, history: History<Output>) -> Decision {
        let decision = times.onFailure(input, history: history)
        recorder.note("> \(name).on_failure(history=\(history.words)) -> \(decision.rawValue)")
        return decision
    }

    func revert(_ input: Nothing, history: History<Output>) async throws {
        let failures = TaskContext.required.failures.keys.sorted().map { "'\($0)'" }.joined(separator: ", ")
        recorder.note("> \(name).revert(history=\(history.words), flow_failures=[\(failures)])")
    }
}

extension Recorder {
    /// A retry that provides the number of its attempt as `x`.
    func times(_ attempts: Int, named name: String) -> Step<RecordedTimes> {
        Step(RecordedTimes(recorder: self, name: name, times: Times(attempts)), named: name)
            .writing(\.$attempt, to: "x")
    }
}

extension History {
    /// The history in the notation of the cases: each attempt with its number.
    func words(_ number: (Output) -> Int) -> String {
        let attempts = attempts.map { attempt in
            let failures = attempt.failures.sorted { $0.key < $1.key }.map { "\($0.key): \(Python.failure($0.value))" }
            return "(\(number(attempt.output)), {\(failures.joined(separator: ", "))})"
        }
        return "[\(attempts.joined(separator: ", "))]"
    }
}

extension History<Times.Output> {
    fileprivate var words: String { words(\.attempt) }
}
