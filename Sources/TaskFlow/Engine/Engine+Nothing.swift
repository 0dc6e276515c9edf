extension Engine {
    /// Creates an engine for a new run of a flow without a request, with the defaults of
    /// ``init(_:request:id:subject:book:scope:in:options:now:)``. Nothing is stored before ``run()``.
    ///
    /// - Throws: ``UnfitStore`` if a step needs another kind of transaction than the store's.
    public init(_ flow: Flow<Nothing>, in store: Store) throws { try self.init(flow, request: Nothing(), in: store) }
}
