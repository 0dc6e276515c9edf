internal import Synchronization

extension Engine {
    /// The value of a symbol: the request's, else that of the first step that has given one.
    ///
    /// - Throws: ``ValueMissing`` when the flow has no such symbol, nobody has given it yet, or it has another type.
    public nonisolated func fetch<Value: Sendable>(_ symbol: String, as: Value.Type = Value.self) throws(ValueMissing)
        -> Value
    {
        let (isKnown, values) = flow.withLock { ($0.recipe.symbols[symbol] != nil, $0.values(of: symbol)) }
        guard isKnown else { throw ValueMissing(symbol: symbol, reason: "no step of the flow gives it") }
        guard let value = values.first else { throw ValueMissing(symbol: symbol, reason: "no step has given it yet") }
        guard let fitting = value as? Value else {
            throw ValueMissing(symbol: symbol, reason: "it is a \(type(of: value)), not a \(Value.self)")
        }
        return fitting
    }

    /// All that there is under each symbol: the request's value first, then those of the steps that have given one, in the
    /// order of the steps.
    public nonisolated func fetchAll() -> [String: [any Sendable]] {
        flow.withLock { flow in
            flow.recipe.symbols.keys.reduce(into: [:]) { all, symbol in
                let values = flow.values(of: symbol)
                if !values.isEmpty { all[symbol] = values }
            }
        }
    }
}

extension FlowRun {
    /// What was given, not left out, and has not been reverted.
    fileprivate func values(of symbol: String) -> [any Sendable] {
        (recipe.symbols[symbol] ?? []).compactMap { values[$0] }
            .filter { !(($0 as? any Omissible)?.isOmitted ?? false) }
    }
}

/// A value that may be none.
protocol Omissible {
    var isOmitted: Bool { get }
}

extension Optional: Omissible {
    var isOmitted: Bool { if case .none = self { true } else { false } }
}

/// A flow has no value to give for a symbol.
public struct ValueMissing: Error, Sendable, Hashable, CustomStringConvertible {
    /// The symbol.
    public let symbol: String
    /// Why, as a sentence about it.
    public let reason: String

    /// For people: what failed, and why.
    public var description: String { "there is no '\(symbol)': \(reason)" }
}
