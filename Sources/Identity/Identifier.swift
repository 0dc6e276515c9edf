internal import CLibUUID

/// A UUID that names one kind of thing, so that a volume's can't be passed where a flow's is wanted.
///
/// As text it is in lower case, as LVM, Ceph and Cinder write it.
public struct Identifier<Subject>: Sendable {
    private let bits: UUIDBits

    /// A new identifier that nobody else has: 122 random bits of the system's (RFC 9562 version 4).
    ///
    /// Not by libuuid, which can't report that there were none to be had.
    public static func random() -> Self {
        var generator = SystemRandomNumberGenerator()
        let (high, low): (UInt64, UInt64) = (generator.next(), generator.next())
        return Self(bits: UUIDBits(high: high & ~0xF000 | 0x4000, low: low & ~(3 << 62) | 2 << 62))
    }

    /// The identifier of `name` within `namespace`: the same for the same two, wherever it is computed (SHA-1, RFC 9562 version 5).
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
    /// Reads the canonical form of 36 characters, in either case; `nil` for anything else.
    public init?(_ description: String) {
        guard let bits = UUIDBits(text: description) else { return nil }
        self.bits = bits
    }

    /// For people.
    public var description: String { bits.text }
}

extension Identifier: Hashable {}

extension Identifier: Codable {
    /// Reads the stored form; throws on anything else.
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
