public import FoundationEssentials

extension SQLConvertible where Self: RawRepresentable<String> {
    /// The stored form.
    @inlinable
    public var sqlValue: SQLValue { .text(rawValue) }

    /// Creates a value from its stored form; `nil` if `sqlValue` isn't one.
    @inlinable
    public init?(sqlValue: SQLValue) {
        guard case .text(let text) = sqlValue else { return nil }
        self.init(rawValue: text)
    }
}

extension Date: SQLConvertible {
    /// Microseconds since 1970.
    public var sqlValue: SQLValue { .integer(Int64((timeIntervalSince1970 * 1_000_000).rounded())) }

    /// Creates a value from its stored form; `nil` if `sqlValue` isn't one.
    public init?(sqlValue: SQLValue) {
        guard case .integer(let microseconds) = sqlValue else { return nil }
        self.init(timeIntervalSince1970: Double(microseconds) / 1_000_000)
    }
}
