/// A statement as it is sent to the server.
package struct SentStatement: Sendable {
    /// The statement, as its caller has written it.
    package let statement: String
    /// The statement in PostgreSQL's own SQL.
    package let translation: String
    /// The arguments as texts; `nil` for NULL.
    package let arguments: [String?]
}

/// Called at each exchange with the server, with the statements that are sent, for tests and benchmarks.
package typealias ExchangeObserver = @Sendable ([SentStatement]) -> Void

/// How statements are exchanged with the server, for tests and benchmarks.
package struct ExchangeOptions: Sendable {
    /// Whether statements are sent together, if the client's library can do that.
    package var allowsPipelines: Bool
    /// Called at each exchange; `nil` for nobody.
    package var observer: ExchangeObserver?

    /// - Parameters:
    ///   - allowsPipelines: whether statements are sent together, if the client's library can do that.
    ///   - observer: called at each exchange; `nil` for nobody.
    package init(allowsPipelines: Bool = true, observer: ExchangeObserver? = nil) {
        self.allowsPipelines = allowsPipelines
        self.observer = observer
    }
}
