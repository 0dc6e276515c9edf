internal import Synchronization

/// Collects the default values with which a struct's fields are declared, while a blank struct is made: Swift evaluates
/// them, in the order of declaration, before it decodes anything.
@usableFromInline
final class DeclaredDefaults: Sendable {
    @TaskLocal static var collecting: DeclaredDefaults?

    /// Notes `value` while a blank is made.
    @usableFromInline
    static func noteIfCollecting<Value: Sendable>(_ value: Value) { collecting?.note(value) }

    private let found = Mutex<[ObjectIdentifier: [any Sendable]]>([:])

    func note<Value: Sendable>(_ value: Value) {
        found.withLock { $0[ObjectIdentifier(Value.self), default: []].append(value) }
    }

    /// Assigns the collected defaults to fields of `types`. The fields of a type are unclear, and have no default, if
    /// there are fewer or more of them than defaults of that type.
    func assigned(to types: [ObjectIdentifier]) -> (defaults: [(any Sendable)?], unclear: [Int]) {
        let found = found.withLock { $0 }
        var (defaults, unclear) = ([(any Sendable)?](repeating: nil, count: types.count), [Int]())
        for (type, values) in found {
            let fields = types.indices.filter { types[$0] == type }
            guard fields.count == values.count else {
                unclear += fields
                continue
            }
            for (field, value) in zip(fields, values) { defaults[field] = value }
        }
        return (defaults, unclear)
    }
}
