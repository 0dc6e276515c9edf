/// A named value that an atom reads or writes: `@Field var size: Int`.
///
/// A field holds a value or, in the blank that `FieldMap` makes of its owner, only its name. The blank's name is what
/// the key path `\.$size` stands for when a step reads, writes or injects a field.
@propertyWrapper
public struct Field<Value: Codable & Sendable>: Sendable {
    @usableFromInline
    enum Content: Sendable {
        case value(Value)
        case blank(name: String)
    }

    // Inlined where steps use it: to find out `Content` of a type that is known only when the program runs costs more
    // than all that is done with it.
    @usableFromInline var content: Content

    /// Creates a field that holds `wrappedValue`.
    ///
    /// In a declaration, `@Field var copies: Int = 1`, that is a default, which an input of that name has when nothing
    /// gives it one. It is told apart by its type: either all fields of a struct that are of one type have a default,
    /// or none counts.
    @inlinable
    public init(wrappedValue: Value) {
        content = .value(wrappedValue)
        DeclaredDefaults.noteIfCollecting(wrappedValue)
    }

    @inlinable
    init(holding value: Value) { content = .value(value) }

    init(blank name: String) { content = .blank(name: name) }

    /// The value. A blank has none, but atoms never receive blanks.
    @inlinable
    public var wrappedValue: Value {
        get {
            guard case .value(let value) = content else { preconditionFailure("a blank field holds no value") }
            return value
        }
        set { content = .value(newValue) }
    }

    /// The field itself, for key paths such as `\.$size`.
    @inlinable
    public var projectedValue: Self { self }

    /// The name of a blank field.
    var name: String {
        guard case .blank(let name) = content else { preconditionFailure("only a blank field knows its name") }
        return name
    }
}

extension Field: Codable {
    /// Reads the stored form, of this version or an earlier one.
    ///
    /// - Throws: `DecodingError` for anything else.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        do {
            content = .value(try container.decode(Value.self))
        } catch {
            // Earlier versions didn't use the coder's own form of some types, such as `Data`.
            guard let value = try? Value(from: decoder) else { throw error }
            content = .value(value)
        }
    }

    /// Writes the stored form. Some types have the coder's own form: `Data` is written as base64.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(wrappedValue)
    }
}

extension Field: Equatable where Value: Equatable {
    /// Compares the fields' values.
    public static func == (left: Self, right: Self) -> Bool { left.wrappedValue == right.wrappedValue }
}

extension KeyedDecodingContainer {
    /// Decodes an optional field, which may be absent, so that an atom that gains one can still be resumed from an
    /// older record.
    @inlinable
    public func decode<Value>(_ type: Field<Value?>.Type, forKey key: Key) throws -> Field<Value?> {
        guard try contains(key) && !decodeNil(forKey: key) else { return Field(holding: nil) }
        return try decodePresent(type, forKey: key)
    }

    /// The container's own way, for which the type of the field is any type.
    @inlinable
    func decodePresent<Present: Decodable>(_ type: Present.Type, forKey key: Key) throws -> Present {
        try decode(type, forKey: key)
    }
}

extension KeyedEncodingContainer {
    /// Encodes a field's value in its place, which is the same in every form.
    @inlinable
    public mutating func encode<Value>(_ field: Field<Value>, forKey key: Key) throws {
        try encode(field.wrappedValue, forKey: key)
    }
}

/// A struct whose stored properties are all `@Field`s: an atom's input or output, or a flow's request.
public protocol Fields: Codable, Sendable {}

/// An input, output or request without fields.
public struct Nothing: Fields {
    /// Creates the only value.
    public init() {}
}

/// A field without its value's type.
protocol ErasedField: Sendable {
    static var valueType: ObjectIdentifier { get }
    static func blank(named name: String) -> Self
    static func port(named name: String) -> Port
    /// The field that holds `value`, as a `Whole`, which is this type.
    ///
    /// - Throws: ``FieldMismatch`` if `value` is of another type, or `Whole` is.
    static func holding<Whole>(_ value: any Sendable, named name: String) throws(FieldMismatch) -> Whole
    /// `value` as a value of a field of this type, whose field may be in its place; `nil` if it is something else.
    static func value<T>(of value: T) -> (any Sendable)?
    var value: any Sendable { get }
}

extension Field: ErasedField {
    static var valueType: ObjectIdentifier { ObjectIdentifier(Value.self) }

    static func blank(named name: String) -> Self { Self(blank: name) }

    static func port(named name: String) -> Port {
        (Value.self as? any OptionalValue.Type)?.port(named: name) ?? Port(name: name, type: Value.self)
    }

    static func holding<Whole>(_ value: any Sendable, named name: String) throws(FieldMismatch) -> Whole {
        guard let held = value as? Value, let field = Self(holding: held) as? Whole else {
            throw FieldMismatch(name: name, found: "\(type(of: value))", wanted: "\(Whole.self)")
        }
        return field
    }

    static func value<T>(of value: T) -> (any Sendable)? {
        if let value = value as? Value { return value }
        return (value as? Self)?.wrappedValue
    }

    var value: any Sendable { wrappedValue }
}

private protocol OptionalValue {
    static func port(named name: String) -> Port
}

extension Optional: OptionalValue {
    static func port(named name: String) -> Port { Port(name: name, type: Wrapped.self, isOptional: true) }
}
