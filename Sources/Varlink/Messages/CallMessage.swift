internal import FoundationEssentials

/// A call as it arrived.
struct CallMessage: Sendable {
    /// The method's full name.
    let method: String
    let parameters: [String: JSON]
    let wantsMore: Bool
    let isOneway: Bool
    let wantsUpgrade: Bool
    private let bytes: [UInt8]

    /// The name of the method's interface.
    var interface: String { method.lastIndex(of: ".").map { String(method[..<$0]) } ?? method }
    /// The method's name in its interface.
    var member: String { method.lastIndex(of: ".").map { String(method[method.index(after: $0)...]) } ?? "" }

    /// - Throws: ``VarlinkError`` with ``VarlinkError/Code/malformed`` if the message is no call at all, so that nobody
    ///   can say what its answer would be.
    init(_ bytes: [UInt8]) throws(VarlinkError) {
        self.bytes = bytes
        guard case .object(let members) = try JSON(text: bytes, depth: JSONLimits.depth) else {
            throw VarlinkError(.malformed, "a call is no JSON object")
        }
        guard case .string(let method) = members["method"] else {
            throw VarlinkError(.malformed, "a call names no method")
        }
        self.method = method
        wantsMore = try Self.flag("more", members)
        isOneway = try Self.flag("oneway", members)
        wantsUpgrade = try Self.flag("upgrade", members)
        guard !(wantsMore && isOneway) else {
            throw VarlinkError(.malformed, "a call demands several replies and none")
        }
        switch members["parameters"] {
        case nil, .null: parameters = [:]
        case .object(let members): parameters = members
        default: throw VarlinkError(.malformed, "the parameters of a call are no JSON object")
        }
    }

    private static func flag(_ name: String, _ members: [String: JSON]) throws(VarlinkError) -> Bool {
        switch members[name] {
        case nil, .null: return false
        case .bool(let value): return value
        default: throw VarlinkError(.malformed, "'\(name)' of a call is neither true nor false")
        }
    }

    /// Returns the parameters as a Swift type.
    ///
    /// - Throws: ``CallError`` `org.varlink.service.InvalidParameter` if they are none.
    func decodeParameters<Parameters: Decodable>(as type: Parameters.Type) throws(CallError) -> Parameters {
        do {
            guard !parameters.isEmpty else { return try JSONDecoder().decode(type, from: Data("{}".utf8)) }
            return try JSONDecoder().decode(Envelope<Parameters>.self, from: Data(bytes)).parameters
        } catch let error as DecodingError {
            throw .invalidParameter(Self.member(concernedBy: error, isWrapped: !parameters.isEmpty))
        } catch {
            throw .invalidParameter("parameters")
        }
    }

    private struct Envelope<Parameters: Decodable>: Decodable {
        let parameters: Parameters
    }

    /// The name of the parameter that the error is about.
    private static func member(concernedBy error: DecodingError, isWrapped: Bool) -> String {
        let path =
            switch error {
            case .keyNotFound(let key, let context): context.codingPath + [key]
            case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
                context.codingPath
            @unknown default: [any CodingKey]()
            }
        return path.dropFirst(isWrapped ? 1 : 0).first?.stringValue ?? "parameters"
    }
}

/// Writes calls.
enum CallText {
    private struct Envelope<Parameters: Encodable>: Encodable {
        let method: String
        let parameters: Parameters
        let more: Bool?
        let oneway: Bool?
    }

    static func encode(
        _ method: String,
        _ parameters: some Encodable,
        more: Bool = false,
        oneway: Bool = false
    ) throws(VarlinkError) -> [UInt8] {
        let envelope = Envelope(
            method: method,
            parameters: parameters,
            more: more ? true : nil,
            oneway: oneway ? true : nil
        )
        return try JSONText.encode(envelope)
    }
}
