internal import CLibUUID

/// A UUID that identifies one kind of thing, so that a volume's can't be passed where a flow's is wanted.
///
/// Its text is in lower case, as that of UUIDs in Ceph and Cinder.
public struct Identifier<Subject>: Sendable {
    private let bits: UUIDBits

    /// Creates a unique identifier from 122 random bits of the system (RFC 9562, version 4).
    ///
    /// libuuid isn't used for this, since it can't report a lack of random bits.
    public static func random() -> Self {
        var generator = SystemRandomNumberGenerator()
        let (high, low): (UInt64, UInt64) = (generator.next(), generator.next())
        return Self(bits: UUIDBits(high: high & ~0xF000 | 0x4000, low: low & ~(3 << 62) | 2 << 62))
    }

    /// Creates the identifier of `name` within `namespace`, which is the same wherever it is computed (SHA-1, RFC 9562,
    /// version 5).
    public init<Namespace>(naming name: String, within namespace: Identifier<Namespace>) {
        let text = Array(name.utf8)
        bits = UUIDBits { result in
            namespace.bits.withBytes { space in
                text.withUnsafeBufferPointer { text in
                    text.withMemoryRebound(to: CChar.self) {
                        uuid_generate_sha1(result, space, $0.baseAddress, text.count)
                    }
                }
            }
        }
    }

    private init(bits: UUIDBits) { self.bits = bits }
}

extension Identifier: LosslessStringConvertible {
    /// Reads the canonical form of 36 characters, in upper or lower case; `nil` for anything else.
    public init?(_ description: String) {
        guard let bits = UUIDBits(text: description) else { return nil }
        self.bits = bits
    }

    /// The canonical form, in lower case.
    public var description: String { bits.text }
}

extension Identifier: Hashable {}

extension Identifier: Codable {
    /// Reads the stored form.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let parsed = Self(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "'\(text)' is not a UUID")
        }
        self = parsed
    }

    /// Writes the stored form.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
