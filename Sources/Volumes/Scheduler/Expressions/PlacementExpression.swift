internal import Foundation
internal import Synchronization

/// An expression about a pool and a volume: a filter or a goodness function (`cinder: scheduler/evaluator`).
///
/// The operators, of which each binds more loosely than those before it: `abs` `max` `min`, `^`, sign, `*` `/`, `+` `-`, `not` `!`,
/// comparisons, `? :`, `and` `&&`, `or` `||`. Numbers are doubles.
package struct PlacementExpression: Sendable {
    /// The maximum length in bytes.
    static let mostBytes = 4096
    /// The maximum depth of nested parts.
    static let mostDepth = 64

    indirect enum Node: Sendable {
        case constant(ExpressionValue)
        case variable(namespace: String, name: String)
        case call(Function, [Node])
        case power(Node, Node)
        case negative(Node)
        case not(Node)
        /// Operators of equal rank from left to right, so that a long sum is not deep.
        case chain(Node, [(Arithmetic, Node)])
        case comparison(Node, [(Comparison, Node)])
        case choice(Node, Node, Node)
        case all([Node])
        case any([Node])
    }

    enum Function: String, Sendable, CaseIterable { case abs, max, min }

    enum Arithmetic: Sendable { case add, subtract, multiply, divide }

    enum Comparison: Sendable { case less, lessOrEqual, greater, greaterOrEqual, equal, unequal }

    private let root: Node

    /// - Throws: ``ExpressionError`` with the place of the mistake.
    package init(parsing text: String) throws(ExpressionError) {
        var parser = try ExpressionParser(text)
        root = try parser.parse()
    }

    /// The expression in `text`, which is parsed when it is first needed: many pools have the same few.
    ///
    /// - Throws: ``ExpressionError`` with the place of the mistake.
    static func parsed(_ text: String) throws(ExpressionError) -> PlacementExpression {
        if let known = parsedExpressions.withLock({ $0[text] }) { return known }
        let new = try PlacementExpression(parsing: text)
        parsedExpressions.withLock { known in
            if known.count >= mostKept { known = [:] }
            known[text] = new
        }
        return new
    }

    private static let mostKept = 1000

    /// - Throws: ``ExpressionError`` for an unknown variable, a division by zero, a number that is not finite, or a text where a
    ///   number is needed.
    func value(with properties: ExpressionProperties) throws(ExpressionError) -> ExpressionValue {
        try Self.value(of: root, properties)
    }

    private static func value(
        of node: Node,
        _ properties: ExpressionProperties
    ) throws(ExpressionError) -> ExpressionValue {
        switch node {
        case .constant(let value): return value
        case .variable(let namespace, let name):
            guard let value = properties[namespace, name] else {
                throw ExpressionError("there is no value '\(namespace).\(name)'")
            }
            return value
        case .call(let function, let arguments):
            var numbers: [Double] = []
            for argument in arguments { numbers.append(try number(of: argument, properties)) }
            return try call(function, numbers)
        case .power(let base, let exponent):
            return try finite(pow(try number(of: base, properties), try number(of: exponent, properties)))
        case .negative(let operand): return .number(-(try number(of: operand, properties)))
        case .not(let operand): return .truth(!(try value(of: operand, properties).isTrue))
        case .chain(let first, let rest):
            var result = try number(of: first, properties)
            for (operation, operand) in rest {
                let operand = try number(of: operand, properties)
                switch operation {
                case .add: result += operand
                case .subtract: result -= operand
                case .multiply: result *= operand
                case .divide:
                    guard operand != 0 else { throw ExpressionError("it divides by zero") }
                    result /= operand
                }
            }
            return try finite(result)
        case .comparison(let first, let rest):
            var left = try value(of: first, properties)
            for (comparison, operand) in rest {
                let right = try value(of: operand, properties)
                guard try compare(left, comparison, right) else { return .truth(false) }
                left = right
            }
            return .truth(true)
        case .choice(let condition, let first, let second):
            return try value(of: try value(of: condition, properties).isTrue ? first : second, properties)
        case .all(let parts):
            var last = ExpressionValue.truth(true)
            for part in parts {
                last = try value(of: part, properties)
                if !last.isTrue { break }
            }
            return last
        case .any(let parts):
            var last = ExpressionValue.truth(false)
            for part in parts {
                last = try value(of: part, properties)
                if last.isTrue { break }
            }
            return last
        }
    }

    private static func number(of node: Node, _ properties: ExpressionProperties) throws(ExpressionError) -> Double {
        let value = try value(of: node, properties)
        guard let number = value.number else { throw ExpressionError("\(value) is no number") }
        return number
    }

    private static func call(_ function: Function, _ numbers: [Double]) throws(ExpressionError) -> ExpressionValue {
        guard let first = numbers.first else { throw ExpressionError("'\(function.rawValue)' needs a number") }
        switch function {
        case .abs:
            guard numbers.count == 1 else { throw ExpressionError("'abs' takes one number") }
            return .number(Swift.abs(first))
        case .max: return .number(numbers.reduce(first) { Swift.max($0, $1) })
        case .min: return .number(numbers.reduce(first) { Swift.min($0, $1) })
        }
    }

    private static func finite(_ number: Double) throws(ExpressionError) -> ExpressionValue {
        guard number.isFinite else { throw ExpressionError("its value is too large, or no number") }
        return .number(number)
    }

    private static func compare(
        _ left: ExpressionValue,
        _ comparison: Comparison,
        _ right: ExpressionValue
    ) throws(ExpressionError) -> Bool {
        switch comparison {
        case .equal: return left.equals(right)
        case .unequal: return !left.equals(right)
        default: break
        }
        guard let isLess = left.isLess(than: right), let isGreater = right.isLess(than: left) else {
            throw ExpressionError("\(left) and \(right) are a number and a text")
        }
        switch comparison {
        case .less: return isLess
        case .lessOrEqual: return !isGreater
        case .greater: return isGreater
        default: return !isLess
        }
    }
}

private let parsedExpressions = Mutex<[String: PlacementExpression]>([:])

/// The reason why an expression has no value.
package struct ExpressionError: Error, Sendable, Hashable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}
