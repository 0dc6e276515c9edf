/// A pure step that applies a function to the value of each of several symbols, and provides the list of the results
/// (`taskflow: MapFunctorTask`).
public struct MapTask<Element: Codable & Sendable, Result: Codable & Sendable>: FlowPart {
    private let name: String
    private let symbols: [String]
    private let result: String
    private let transform: @Sendable (Element) throws -> Result

    /// - Parameters:
    ///   - name: the step's name, unique in the flow and stored.
    ///   - symbols: the symbols whose values the step takes.
    ///   - result: the symbol that the step provides.
    public init(
        _ name: String,
        over symbols: [String],
        into result: String,
        _ transform: @escaping @Sendable (Element) throws -> Result
    ) {
        self.name = name
        self.symbols = symbols
        self.result = result
        self.transform = transform
    }

    /// The step in the form that the compiler takes.
    public func lowered() -> LoweredPart {
        guard !symbols.isEmpty else { return LoweredPart(name: name, broken: "there is no symbol to map") }
        return LoweredPart(
            .collecting(symbols, of: Element.self, into: result, name: name) { try $0.map(transform) }
        )
    }
}

/// A pure step that combines the values of several symbols into one, from the first to the last
/// (`taskflow: ReduceFunctorTask`).
public struct ReduceTask<Element: Codable & Sendable>: FlowPart {
    private let name: String
    private let symbols: [String]
    private let result: String
    private let combine: @Sendable (Element, Element) throws -> Element

    /// - Parameters:
    ///   - name: the step's name, unique in the flow and stored.
    ///   - symbols: the symbols whose values the step takes; at least two.
    ///   - result: the symbol that the step provides.
    public init(
        _ name: String,
        over symbols: [String],
        into result: String,
        _ combine: @escaping @Sendable (Element, Element) throws -> Element
    ) {
        self.name = name
        self.symbols = symbols
        self.result = result
        self.combine = combine
    }

    /// The step in the form that the compiler takes.
    public func lowered() -> LoweredPart {
        guard symbols.count > 1 else {
            return LoweredPart(
                name: name,
                broken: "a reduction needs at least two symbols, but it has \(symbols.count)"
            )
        }
        return LoweredPart(
            .collecting(symbols, of: Element.self, into: result, name: name) { values in
                try values.dropFirst().reduce(values[0], combine)
            }
        )
    }
}

extension LoweredAtom {
    fileprivate static func collecting<Element: Codable & Sendable, Result: Codable & Sendable>(
        _ symbols: [String],
        of: Element.Type,
        into result: String,
        name: String,
        _ body: @escaping @Sendable ([Element]) throws -> Result
    ) -> LoweredAtom {
        let map = Swift.Result { try FieldMap<Collected<Result>>() }
        return LoweredAtom(
            name: name,
            version: 1,
            priority: 0,
            effect: .pure,
            requires: symbols.map { symbol in
                Requirement(field: symbol, symbol: Field<Element>.port(named: symbol), injected: nil)
            },
            revertRequires: [],
            timeLimit: nil,
            isContradictory: [],
            provides: [Field<Result>.port(named: result)],
            fields: ["value"],
            restore: { stored in try map.get().dissect(map.get().decode(stored)) },
            work: .asynchronous(
                execute: { values in
                    let elements = try zip(symbols, values)
                        .map { symbol, value in
                            guard let element = value as? Element else {
                                throw FieldMismatch(
                                    name: symbol,
                                    found: value.map { "\(type(of: $0))" },
                                    wanted: "\(Element.self)"
                                )
                            }
                            return element
                        }
                    let output = Collected(value: try body(elements))
                    return try Produced(output, by: map.get())
                },
                revert: nil
            )
        )
    }
}

/// The stored output of these steps.
private struct Collected<Value: Codable & Sendable>: Fields {
    @Field var value: Value
}
