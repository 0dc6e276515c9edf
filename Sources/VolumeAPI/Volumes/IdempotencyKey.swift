/// A caller's own name for one request, by which the request is known when it is made again.
public struct IdempotencyKey: Sendable, Hashable, CustomStringConvertible {
    /// The key as the caller wrote it.
    public let description: String

    /// Accepts 1 to 128 bytes without control characters.
    ///
    /// - Throws: `invalidInput`.
    public init(validating text: String) throws(VolumeError) {
        guard (1...128).contains(text.utf8.count),
            !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
        else {
            throw VolumeError(
                .invalidInput,
                "\(text.prefix(40).description.quoted) is not an idempotency key",
                cause: "a key has 1 to 128 bytes, without control characters; this text has \(text.utf8.count)",
                remedies: [.advice("make a new random key, such as a UUID, for each request")]
            )
        }
        description = text
    }
}

extension IdempotencyKey: Codable {
    /// Decodes a string and refuses one that is not a key.
    public init(from decoder: any Decoder) throws {
        try self.init(validating: try decoder.singleValueContainer().decode(String.self))
    }

    /// Encodes the key as a string.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
