/// A non-negative number of bytes.
public struct ByteCount: Hashable, Sendable {
    /// The number of bytes.
    public let bytes: Int64

    /// 0 bytes.
    public static let zero = ByteCount(unchecked: 0)

    /// `nil` if `bytes` is negative.
    public init?(bytes: Int64) {
        guard bytes >= 0 else { return nil }
        self.init(unchecked: bytes)
    }

    /// Converts GiB; `nil` for a negative number or above 2^63 - 1 bytes.
    public init?(gibibytes: Int64) {
        let (bytes, overflow) = gibibytes.multipliedReportingOverflow(by: Self.bytesPerGibibyte)
        guard !overflow else { return nil }
        self.init(bytes: bytes)
    }

    private init(unchecked bytes: Int64) { self.bytes = bytes }

    /// 2^30.
    public static let bytesPerGibibyte: Int64 = 1 << 30

    /// The smallest multiple of `granule` that is not less than this; `nil` above 2^63 - 1 bytes.
    public func roundedUp(to granule: ByteCount) -> ByteCount? {
        let remainder = granule.bytes > 0 ? bytes % granule.bytes : 0
        return remainder == 0 ? self : adding(ByteCount(unchecked: granule.bytes - remainder))
    }

    /// The sum; `nil` above 2^63 - 1 bytes.
    public func adding(_ other: ByteCount) -> ByteCount? {
        let (sum, overflow) = bytes.addingReportingOverflow(other.bytes)
        return overflow ? nil : ByteCount(unchecked: sum)
    }

    /// The difference; zero if `other` is larger.
    public func subtracting(_ other: ByteCount) -> ByteCount {
        ByteCount(unchecked: max(0, bytes - other.bytes))
    }
}

extension ByteCount: Comparable {
    /// Compares the numbers of bytes.
    public static func < (left: Self, right: Self) -> Bool { left.bytes < right.bytes }
}

extension ByteCount: Codable {
    /// Decodes a number of bytes and refuses a negative one.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let bytes = try container.decode(Int64.self)
        guard let count = Self(bytes: bytes) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(bytes) bytes is not a size")
        }
        self = count
    }

    /// Encodes the number of bytes.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(bytes)
    }
}

extension ByteCount: CustomStringConvertible {
    /// The size in the largest binary unit of which there is at least one: `10 GiB`, `1.5 TiB`, `512 B`.
    ///
    /// Exact if three decimals suffice; otherwise truncated to two decimals and marked: `~9.31 GiB`.
    public var description: String {
        let units = [("EiB", 60), ("PiB", 50), ("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)]
        guard let (unit, shift) = units.first(where: { bytes >> $0.1 > 0 }) else { return "\(bytes) B" }
        let (thousandths, rest) = (Int128(bytes) * 1000).quotientAndRemainder(dividingBy: 1 << shift)
        return rest == 0
            ? "\(Self.decimal(thousandths)) \(unit)"
            : "~\(Self.decimal(thousandths - thousandths % 10)) \(unit)"
    }

    private static func decimal(_ thousandths: Int128) -> String {
        // Of a size in its own unit, less than 1024 thousands.
        let (whole, part) = Int64(thousandths).quotientAndRemainder(dividingBy: 1000)
        guard part > 0 else { return "\(whole)" }
        var (decimals, places) = (part, 3)
        while decimals % 10 == 0 { (decimals, places) = (decimals / 10, places - 1) }
        let zeros = decimals < 10 ? places - 1 : decimals < 100 ? places - 2 : 0
        return "\(whole)." + String(repeating: "0", count: zeros) + "\(decimals)"
    }
}
