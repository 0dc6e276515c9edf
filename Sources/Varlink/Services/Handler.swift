/// What answers the calls of one method.
///
/// A handler throws a ``CallError`` for the caller. A caller who hangs up ends a streaming handler by cancelling its
/// task; any other one runs to its end, since what it does may be of use even so.
public struct Handler: Sendable {
    /// The method's name in its interface.
    let method: String
    /// Whether the method answers more than once, and must be called with `more`.
    let isStreaming: Bool
    let takesDescriptors: Bool
    /// Decodes the parameters, and returns what answers the call.
    let prepare: @Sendable (CallMessage) throws(CallError) -> @Sendable (Call, ReplySink) async throws -> Void

    /// A method with one reply.
    ///
    /// - Parameters:
    ///   - method: the method's name in its interface.
    ///   - takesDescriptors: whether a call may come with descriptors. Those of other calls are closed.
    ///   - body: returns the reply.
    public init<Parameters: Decodable & Sendable, Answer: Encodable & Sendable>(
        _ method: String,
        takesDescriptors: Bool = false,
        _ body: @escaping @Sendable (Parameters, Call) async throws -> Answer
    ) {
        self.init(method, isStreaming: false, takesDescriptors) { (parameters: Parameters, call, sink) in
            try await sink.send(try await body(parameters, call), [], false)
        }
    }

    /// A method with one reply, which may come with descriptors.
    ///
    /// - Parameters:
    ///   - method: the method's name in its interface.
    ///   - takesDescriptors: whether a call may come with descriptors. Those of other calls are closed.
    ///   - body: returns the reply.
    public static func passingDescriptors<Parameters: Decodable & Sendable, Answer: Encodable & Sendable>(
        _ method: String,
        takesDescriptors: Bool = false,
        _ body: @escaping @Sendable (Parameters, Call) async throws -> Reply<Answer>
    ) -> Handler {
        Handler(method, isStreaming: false, takesDescriptors) { (parameters: Parameters, call, sink) in
            let reply = try await body(parameters, call)
            try await sink.send(reply.parameters, reply.descriptors, false)
        }
    }

    /// A method with any number of replies, which must be called with `more`.
    ///
    /// - Parameters:
    ///   - method: the method's name in its interface.
    ///   - body: sends all replies but the last one, which it returns. If it returns `nil`, a reply without parameters
    ///     marks the end, as in systemd's services.
    public static func streaming<Parameters: Decodable & Sendable, Answer: Encodable & Sendable>(
        _ method: String,
        _ body: @escaping @Sendable (Parameters, Call, Replies<Answer>) async throws -> Answer?
    ) -> Handler {
        Handler(method, isStreaming: true, false) { (parameters: Parameters, call, sink) in
            if let last = try await body(parameters, call, Replies(sink: sink)) {
                try await sink.send(last, [], false)
            } else {
                try await sink.send(NoParameters(), [], false)
            }
        }
    }

    private init<Parameters: Decodable & Sendable>(
        _ method: String,
        isStreaming: Bool,
        _ takesDescriptors: Bool,
        _ body: @escaping @Sendable (Parameters, Call, ReplySink) async throws -> Void
    ) {
        self.method = method
        self.isStreaming = isStreaming
        self.takesDescriptors = takesDescriptors
        prepare = { message throws(CallError) in
            let parameters = try message.decodeParameters(as: Parameters.self)
            return { call, sink in try await body(parameters, call, sink) }
        }
    }
}
