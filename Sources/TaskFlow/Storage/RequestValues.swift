/// The values of a run's request by the names of its fields, for code that serves flows with different requests.
public struct RequestValues: Sendable {
    private let ports: [Port]
    private let values: ArraySlice<(any Sendable)?>

    /// - Parameter values: in the order of `ports`.
    init(ports: [Port], values: ArraySlice<(any Sendable)?>) { (self.ports, self.values) = (ports, values) }

    /// The value of a field; `nil` if it holds `nil` or a value of another type, or there is no such field.
    @inlinable
    public subscript<Value: Sendable>(field: String, as type: Value.Type = Value.self) -> Value? {
        value(of: field) as? Value
    }

    @usableFromInline
    func value(of field: String) -> (any Sendable)? {
        ports.firstIndex { $0.name == field }.flatMap { values[values.startIndex + $0] }
    }
}
