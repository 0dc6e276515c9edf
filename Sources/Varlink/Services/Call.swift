/// A call that a handler answers.
public struct Call: Sendable {
    /// The method's full name.
    public let method: String
    /// Who calls.
    public let caller: Peer
    /// The descriptors that came with the call, if the handler takes any. They are closed with this value unless the
    /// handler keeps them.
    public let descriptors: [Descriptor]
    /// Whether the caller wants no answer.
    public let isOneway: Bool
}

/// An answer, and the descriptors that it refers to by their positions in ``descriptors``.
public struct Reply<Parameters: Sendable>: Sendable {
    /// What the method returns.
    public let parameters: Parameters
    /// Open descriptors, of which the receiver gets copies.
    public let descriptors: [Descriptor]

    /// - Parameters:
    ///   - parameters: what the method returns.
    ///   - descriptors: open descriptors, of which the receiver gets copies.
    public init(_ parameters: Parameters, descriptors: [Descriptor] = []) {
        self.parameters = parameters
        self.descriptors = descriptors
    }
}

/// The parameters of methods without any.
public struct NoParameters: Codable, Sendable, Hashable {
    /// No parameters.
    public init() {}
}

/// Takes the replies of a method that answers more than once. One task at a time uses it, so that they come in order.
public struct Replies<Parameters: Encodable & Sendable>: Sendable {
    let sink: ReplySink

    /// Sends a reply that is not the last one, and waits until the caller has room for it.
    ///
    /// - Throws: ``VarlinkError`` if the caller is gone or doesn't read; the handler should just let it through. With
    ///   ``VarlinkError/Code/busy`` if another task is sending one.
    public func send(_ parameters: Parameters, descriptors: [Descriptor] = []) async throws {
        try await sink.send(parameters, descriptors, true)
    }
}

/// Where the replies to one call go.
struct ReplySink: Sendable {
    let send: @Sendable (any Encodable & Sendable, [Descriptor], _ continues: Bool) async throws -> Void
}
