/// The result of a query that was asked for before it is needed, so that it can come with those of other queries.
///
/// It must be used in the transaction, or attempt, in which it was asked for.
public struct Fetched<Value> {
    private let body: () throws -> Value

    /// - Parameter body: returns the result, and waits for it if need be.
    public init(_ body: @escaping () throws -> Value) { self.body = body }

    /// Returns the result, as it was when it was asked for.
    ///
    /// - Throws: ``SQLError``; the errors of transformations.
    public func value() throws -> Value { try body() }

    /// Returns the transformed result, which isn't waited for yet.
    public func map<Other>(_ transform: @escaping (Value) throws -> Other) -> Fetched<Other> {
        Fetched<Other> { [body] in try transform(body()) }
    }
}
