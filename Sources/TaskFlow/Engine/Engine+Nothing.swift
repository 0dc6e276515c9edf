public import FoundationEssentials
public import Identity

extension Engine {
    /// An engine for a new run of a flow that is asked for nothing. Nothing is stored before ``run()``.
    ///
    /// - Throws: ``UnfitStore`` when a step needs another kind of transaction than the store's.
    public init(
        _ flow: Flow<Nothing>,
        id: FlowID = .random(),
        subject: String = "",
        book: LogBookID? = nil,
        scope: String? = nil,
        in store: Store,
        options: EngineOptions = EngineOptions(),
        now: @escaping @Sendable () -> Date = { Date() }
    ) throws {
        try self.init(
            flow,
            request: Nothing(),
            id: id,
            subject: subject,
            book: book,
            scope: scope,
            in: store,
            options: options,
            now: now
        )
    }
}
