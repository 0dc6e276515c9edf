/// Parses an expression by recursive descent, one function a rank of operators.
struct ExpressionParser {
    private typealias Node = PlacementExpression.Node

    private let tokens: [(token: ExpressionToken, position: Int)]
    private var index = 0
    private var depth = 0

    init(_ text: String) throws(ExpressionError) {
        tokens = try ExpressionToken.read(text)
    }

    mutating func parse() throws(ExpressionError) -> PlacementExpression.Node {
        let node = try disjunction()
        guard index == tokens.count else { throw unexpected() }
        return node
    }

    private var token: ExpressionToken? { index < tokens.count ? tokens[index].token : nil }

    private func unexpected() -> ExpressionError {
        guard index < tokens.count else { return ExpressionError("it ends where a value is expected") }
        return ExpressionError(
            "\(tokens[index].token.description) at character \(tokens[index].position) is unexpected"
        )
    }

    /// Takes the next token if it is one of these symbols or words.
    private mutating func take(_ candidates: String...) -> String? {
        switch token {
        case .symbol(let text)?, .word(let text)?:
            guard candidates.contains(text) else { return nil }
            index += 1
            return text
        default: return nil
        }
    }

    private mutating func require(_ symbol: String) throws(ExpressionError) {
        guard take(symbol) != nil else { throw unexpected() }
    }

    /// Parses a nested part. The depth is limited because each level uses the stack.
    private mutating func nested(
        _ parse: (inout Self) throws(ExpressionError) -> PlacementExpression.Node
    ) throws(ExpressionError) -> PlacementExpression.Node {
        guard depth < PlacementExpression.mostDepth else {
            throw ExpressionError("it is nested more than \(PlacementExpression.mostDepth) levels deep")
        }
        depth += 1
        defer { depth -= 1 }
        return try parse(&self)
    }

    private mutating func disjunction() throws(ExpressionError) -> Node {
        var parts = [try conjunction()]
        while take("or", "OR", "||") != nil { parts.append(try conjunction()) }
        return parts.count == 1 ? parts[0] : .any(parts)
    }

    private mutating func conjunction() throws(ExpressionError) -> Node {
        var parts = [try choice()]
        while take("and", "AND", "&&") != nil { parts.append(try choice()) }
        return parts.count == 1 ? parts[0] : .all(parts)
    }

    private mutating func choice() throws(ExpressionError) -> Node {
        let condition = try comparison()
        guard take("?") != nil else { return condition }
        let first = try nested { parser throws(ExpressionError) in try parser.choice() }
        try require(":")
        return .choice(condition, first, try nested { parser throws(ExpressionError) in try parser.choice() })
    }

    private mutating func comparison() throws(ExpressionError) -> Node {
        let first = try negation()
        var rest: [(PlacementExpression.Comparison, Node)] = []
        while let symbol = take("<", "<=", ">", ">=", "==", "!=", "<>") {
            let comparison: PlacementExpression.Comparison =
                switch symbol {
                case "<": .less
                case "<=": .lessOrEqual
                case ">": .greater
                case ">=": .greaterOrEqual
                case "==": .equal
                default: .unequal
                }
            rest.append((comparison, try negation()))
        }
        return rest.isEmpty ? first : .comparison(first, rest)
    }

    private mutating func negation() throws(ExpressionError) -> Node {
        guard take("not", "NOT", "!") != nil else { return try sum() }
        return .not(try nested { parser throws(ExpressionError) in try parser.negation() })
    }

    private mutating func sum() throws(ExpressionError) -> Node {
        let first = try product()
        var rest: [(PlacementExpression.Arithmetic, Node)] = []
        while let symbol = take("+", "-") { rest.append((symbol == "+" ? .add : .subtract, try product())) }
        return rest.isEmpty ? first : .chain(first, rest)
    }

    private mutating func product() throws(ExpressionError) -> Node {
        let first = try sign()
        var rest: [(PlacementExpression.Arithmetic, Node)] = []
        while let symbol = take("*", "/") { rest.append((symbol == "*" ? .multiply : .divide, try sign())) }
        return rest.isEmpty ? first : .chain(first, rest)
    }

    private mutating func sign() throws(ExpressionError) -> Node {
        guard let symbol = take("+", "-") else { return try power() }
        let operand = try nested { parser throws(ExpressionError) in try parser.sign() }
        return symbol == "-" ? .negative(operand) : operand
    }

    private mutating func power() throws(ExpressionError) -> Node {
        let base = try operand()
        guard take("^") != nil else { return base }
        return .power(base, try nested { parser throws(ExpressionError) in try parser.sign() })
    }

    private mutating func operand() throws(ExpressionError) -> Node {
        guard let token else { throw unexpected() }
        switch token {
        case .number(let number):
            index += 1
            return .constant(.number(number))
        case .text(let text):
            index += 1
            return .constant(ExpressionValue(reading: text))
        case .symbol("("):
            index += 1
            let node = try nested { parser throws(ExpressionError) in try parser.disjunction() }
            try require(")")
            return node
        case .word(let word): return try named(word)
        case .symbol: throw unexpected()
        }
    }

    /// Parses a function with its arguments, or a variable.
    private mutating func named(_ word: String) throws(ExpressionError) -> Node {
        if let function = PlacementExpression.Function(rawValue: word) {
            index += 1
            try require("(")
            var arguments: [Node] = []
            repeat {
                arguments.append(try nested { parser throws(ExpressionError) in try parser.disjunction() })
            } while take(",") != nil
            try require(")")
            return .call(function, arguments)
        }
        let parts = word.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, ExpressionProperties.namespaces.contains(parts[0]), !parts[1].isEmpty else {
            let names = ExpressionProperties.namespaces.map { "\($0).NAME" }.joined(separator: ", ")
            throw ExpressionError(
                "'\(word)' at character \(tokens[index].position) is unknown; there are \(names), abs(), max() and min()"
            )
        }
        index += 1
        return .variable(namespace: parts[0], name: parts[1])
    }
}
