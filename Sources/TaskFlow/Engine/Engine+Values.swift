internal import Synchronization

extension Engine {
    /// Returns the value of a symbol: the request's, or else that of the first step that has provided one.
    ///
    /// - Throws: ``ValueMissing`` when the flow has no such symbol, no step has provided it yet, or it has another
    ///   type.
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

    /// Returns all values of each symbol: the request's first, then those that steps have provided, in the order of the
    /// steps.
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
    /// The values that were provided, are not `nil`, and have not been reverted.
    fileprivate func values(of symbol: String) -> [any Sendable] {
        (recipe.symbols[symbol] ?? []).compactMap { values[$0] }
            .filter { !(($0 as? any Omissible)?.isOmitted ?? false) }
    }
}

/// A value that may be `nil`.
protocol Omissible {
    var isOmitted: Bool { get }
}

extension Optional: Omissible {
    var isOmitted: Bool { if case .none = self { true } else { false } }
}

/// A run has no value of the wanted type for a symbol.
public struct ValueMissing: Error, Sendable, Hashable, CustomStringConvertible {
    /// The symbol.
    public let symbol: String
    /// Why, as a sentence about the symbol.
    public let reason: String

    /// The message for a person: what failed and why.
    public var description: String { "there is no '\(symbol)': \(reason)" }
}
