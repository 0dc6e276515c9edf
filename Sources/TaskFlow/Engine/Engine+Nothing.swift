extension Engine {
    /// An engine for a new run of a flow that is asked for nothing; ``init(_:request:id:subject:book:scope:in:options:now:)``
    /// with all that it has by default. Nothing is stored before ``run()``.
    ///
    /// - Throws: ``UnfitStore`` when a step needs another kind of transaction than the store's.
    public init(_ flow: Flow<Nothing>, in store: Store) throws { try self.init(flow, request: Nothing(), in: store) }
}
