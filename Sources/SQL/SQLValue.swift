public import Identity

/// A value as a database stores it.
public enum SQLValue: Sendable, Hashable {
    case null
    case integer(Int64)
    case text(String)
}

/// A type that can be an argument of a statement and be read from a column.
public protocol SQLConvertible: Sendable {
    /// The stored form.
    var sqlValue: SQLValue { get }
    /// Creates a value from its stored form; `nil` if `sqlValue` isn't one.
    init?(sqlValue: SQLValue)
}

extension SQLValue: SQLConvertible {
    /// The value itself.
    public var sqlValue: SQLValue { self }

    /// Creates a copy of the value.
    public init?(sqlValue: SQLValue) { self = sqlValue }
}

extension Int64: SQLConvertible {
    /// The stored form.
    public var sqlValue: SQLValue { .integer(self) }

    /// Creates a value from its stored form; `nil` if `sqlValue` isn't one.
    public init?(sqlValue: SQLValue) {
        guard case .integer(let value) = sqlValue else { return nil }
        self = value
    }
}

extension Int: SQLConvertible {
    /// The stored form.
    public var sqlValue: SQLValue { .integer(Int64(self)) }

    /// Creates a value from its stored form; `nil` if `sqlValue` isn't one.
    public init?(sqlValue: SQLValue) {
        guard case .integer(let value) = sqlValue else { return nil }
        self.init(exactly: value)
    }
}

extension String: SQLConvertible {
    /// The stored form.
    public var sqlValue: SQLValue { .text(self) }

    /// Creates a value from its stored form; `nil` if `sqlValue` isn't one.
    public init?(sqlValue: SQLValue) {
        guard case .text(let value) = sqlValue else { return nil }
        self = value
    }
}

extension Optional: SQLConvertible where Wrapped: SQLConvertible {
    /// The stored form.
    @inlinable
    public var sqlValue: SQLValue { self?.sqlValue ?? .null }

    /// Creates a value from its stored form; `nil` if `sqlValue` isn't one.
    @inlinable
    public init?(sqlValue: SQLValue) {
        if case .null = sqlValue {
            self = .none
        } else if let value = Wrapped(sqlValue: sqlValue) {
            self = value
        } else {
            return nil
        }
    }
}

extension Identifier: SQLConvertible {
    /// The stored form.
    public var sqlValue: SQLValue { .text(description) }

    /// Creates a value from its stored form; `nil` if `sqlValue` isn't one.
    public init?(sqlValue: SQLValue) {
        guard case .text(let text) = sqlValue else { return nil }
        self.init(text)
    }
}
