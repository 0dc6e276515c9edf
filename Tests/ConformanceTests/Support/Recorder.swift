import Foundation
import Synchronization
import TaskFlow

/// Records a run in the notation of the cases, which were recorded from TaskFlow's own runs: `f.f RUNNING` is a state
/// of flow `f`, `a.t SUCCESS(5)` a state of task `a` with its result, and `> a.execute(x=1)` a call of the task. Values
/// are printed as Python prints them.
final class Recorder: Sendable {
    private let recorded = Mutex<[String]>([])

    var trace: String { recorded.withLock { $0.joined(separator: "\n") } }

    func forget() { recorded.withLock { $0 = [] } }

    func note(_ line: String) { recorded.withLock { $0.append(line) } }

    func listen(to engine: Engine<some FlowStore>) {
        engine.notifier.register { [self] in note("\($0.name).f \($0.state.rawValue)") }
        engine.atomNotifier.register { [self] change in
            let result: String? =
                switch change.state {
                case .success: Python.result(change.output)
                case .failure, .revertFailure: change.failure.map(Python.failure)
                case .reverted: "None"
                default: nil
                }
            note("\(change.atom).t \(change.state.rawValue)\(result.map { "(\($0))" } ?? "")")
        }
    }
}

/// Values in Python's notation.
enum Python {
    /// A single value as it is, and several as a tuple in the order of their names.
    static func result(_ output: [String: any Sendable]) -> String {
        let values = output.sorted { $0.key < $1.key }.map { value($0.value) }
        return switch values.count {
        case 0: "None"
        case 1: values[0]
        default: "(\(values.joined(separator: ", ")))"
        }
    }

    /// The present fields of `input`, by name.
    static func arguments(_ input: some Fields) throws -> [String] {
        try fields(input).sorted { $0.key < $1.key }.map { "\($0.key)=\(value($0.value))" }
    }

    static func fields(_ fields: some Fields) throws -> [String: any Sendable] {
        let stored = try JSONDecoder().decode([String: Value?].self, from: JSONEncoder().encode(fields))
        return stored.compactMapValues { $0?.value }
    }

    static func failure(_ failure: Failure) -> String { "Failure: \(failure.type): \(failure.message)" }

    /// A single value as it is, and several as a list.
    static func symbols(_ all: [String: [any Sendable]]) -> String {
        let symbols = all.sorted { $0.key < $1.key }
            .map { symbol, values in
                let words = values.map(value).joined(separator: ", ")
                return "\(symbol): \(values.count == 1 ? words : "[\(words)]")"
            }
        return "{\(symbols.joined(separator: ", "))}"
    }

    private static func value(_ value: any Sendable) -> String {
        switch value {
        case let text as String: "'\(text)'"
        case let number as Int: "\(number)"
        default: "\(value)"
        }
    }

    private struct Value: Decodable {
        let value: any Sendable

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let number = try? container.decode(Int.self) {
                value = number
            } else {
                value = try container.decode(String.self)
            }
        }
    }
}
