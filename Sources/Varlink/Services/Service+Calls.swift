extension Service {
    /// A call that may be made.
    struct PreparedCall: Sendable {
        let isStreaming: Bool
        let takesDescriptors: Bool
        let run: @Sendable (Call, ReplySink) async throws -> Void
    }

    /// Finds what answers a call, and compares its parameters with their declaration before anything else sees them.
    ///
    /// - Throws: ``CallError`` of `org.varlink.service`.
    func prepare(_ message: CallMessage) throws(CallError) -> PreparedCall {
        guard let registration = registrations[message.interface] else {
            throw .interfaceNotFound(message.interface)
        }
        guard let method = registration.interface.methods[message.member] else {
            throw .methodNotFound(message.method)
        }
        guard let handler = registration.handlers[message.member], !message.wantsUpgrade else {
            throw .methodNotImplemented(message.method)
        }
        guard !handler.isStreaming || message.wantsMore else { throw .expectedMore }
        if let name = registration.interface.firstViolation(in: message.parameters, of: method.parameters) {
            throw .invalidParameter(name)
        }
        return PreparedCall(
            isStreaming: handler.isStreaming,
            takesDescriptors: handler.takesDescriptors,
            run: try handler.prepare(message)
        )
    }

    /// Returns the text of a reply.
    func encode(
        _ parameters: some Encodable,
        to message: CallMessage,
        continues: Bool
    ) throws(VarlinkError) -> [UInt8] {
        if checksReplies, !(parameters is NoParameters), let interface = registrations[message.interface]?.interface,
            let method = interface.methods[message.member]
        {
            try check(JSON(encoding: parameters), interface, method.reply, "a reply of '\(message.method)'")
        }
        return try ReplyText.encode(parameters, continues: continues)
    }

    /// Returns the text of an error. It may be of another interface than the call.
    func encode(_ error: CallError) throws(VarlinkError) -> [UInt8] {
        let end = error.name.lastIndex(of: ".") ?? error.name.startIndex
        if checksReplies, let interface = registrations[String(error.name[..<end])]?.interface {
            let what = "the error '\(error.name)'"
            guard let fields = interface.errors[String(error.name[end...].dropFirst())] else {
                throw VarlinkError(.invalidInterface, "\(what) is not declared")
            }
            try check(.object(error.parameters), interface, fields, what)
        }
        return try ReplyText.encode(error)
    }

    private func check(
        _ parameters: JSON,
        _ interface: Interface,
        _ fields: [Interface.Field],
        _ what: String
    ) throws(VarlinkError) {
        guard case .object(let members) = parameters else {
            throw VarlinkError(.invalidInterface, "\(what) is no object")
        }
        if let name = interface.firstViolation(in: members, of: fields) {
            throw VarlinkError(.invalidInterface, "\(what) differs from its declaration in '\(name)'")
        }
    }
}
