internal import FoundationEssentials

/// A reply as it arrived.
struct ReplyMessage: Sendable {
    let parameters: [String: JSON]
    /// Whether other replies follow.
    let continues: Bool
    private let bytes: [UInt8]

    /// - Throws: ``CallError`` if it reports one, and ``VarlinkError`` with ``VarlinkError/Code/malformed`` if the
    ///   message is no reply.
    init(_ bytes: [UInt8]) throws {
        self.bytes = bytes
        guard case .object(let members) = try JSON(text: bytes, depth: JSONLimits.depth) else {
            throw VarlinkError(.malformed, "a reply is no JSON object")
        }
        switch members["parameters"] {
        case nil, .null: parameters = [:]
        case .object(let members): parameters = members
        default: throw VarlinkError(.malformed, "the parameters of a reply are no JSON object")
        }
        switch members["continues"] {
        case nil, .null: continues = false
        case .bool(let value): continues = value
        default: throw VarlinkError(.malformed, "'continues' of a reply is neither true nor false")
        }
        switch members["error"] {
        case nil, .null: break
        case .string(let name): throw CallError(name, parameters)
        default: throw VarlinkError(.malformed, "the error of a reply is no name")
        }
    }

    /// Returns the parameters as a Swift type. Members that it doesn't have are ignored: the service may be newer.
    ///
    /// - Throws: ``VarlinkError`` with ``VarlinkError/Code/malformed`` if they are none.
    func decodeParameters<Parameters: Decodable>(as type: Parameters.Type) throws(VarlinkError) -> Parameters {
        do {
            guard !parameters.isEmpty else { return try JSONDecoder().decode(type, from: Data("{}".utf8)) }
            return try JSONDecoder().decode(Envelope<Parameters>.self, from: Data(bytes)).parameters
        } catch {
            throw VarlinkError(.malformed, "a reply is not one of the method: it is no \(type)", cause: "\(error)")
        }
    }

    private struct Envelope<Parameters: Decodable>: Decodable {
        let parameters: Parameters
    }
}

/// Writes replies.
enum ReplyText {
    private struct Envelope<Parameters: Encodable>: Encodable {
        let parameters: Parameters
        var continues: Bool?
        var error: String?
    }

    static func encode(_ parameters: some Encodable, continues: Bool = false) throws(VarlinkError) -> [UInt8] {
        try JSONText.encode(Envelope(parameters: parameters, continues: continues ? true : nil))
    }

    static func encode(_ error: CallError) throws(VarlinkError) -> [UInt8] {
        try JSONText.encode(Envelope(parameters: error.parameters, error: error.name))
    }
}
