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
        var bytes = [generator.next(), generator.next()]
            .flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) } }
        bytes[6] = bytes[6] & 0x0F | 0x40
        bytes[8] = bytes[8] & 0x3F | 0x80
        return Self(bits: UUIDBits { $0.update(from: bytes, count: 16) })
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
        guard description.utf8.count == 36 else { return nil }
        var isValid = false
        let parsed = UUIDBits { isValid = uuid_parse(description, $0) == 0 }
        guard isValid else { return nil }
        bits = parsed
    }

    /// For people.
    public var description: String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 37) { buffer in
            guard let text = buffer.baseAddress else { return "" }
            bits.withBytes { uuid_unparse_lower($0, text) }
            return String(cString: text)
        }
    }
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

/// Sixteen bytes in two words: hashed and compared without a loop.
private struct UUIDBits: Hashable, Sendable {
    private var high: UInt64 = 0
    private var low: UInt64 = 0

    init(filledBy fill: (UnsafeMutablePointer<UInt8>) -> Void) {
        withUnsafeMutableBytes(of: &self) { raw in
            guard let bytes = raw.bindMemory(to: UInt8.self).baseAddress else { return }
            fill(bytes)
        }
    }

    func withBytes<Result>(_ body: (UnsafePointer<UInt8>) -> Result) -> Result {
        withUnsafePointer(to: self) { pointer in
            pointer.withMemoryRebound(to: UInt8.self, capacity: MemoryLayout<Self>.size, body)
        }
    }
}
