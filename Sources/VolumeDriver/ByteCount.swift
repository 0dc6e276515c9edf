/// A size or an amount of storage, in bytes. Never negative.
public struct ByteCount: Hashable, Sendable {
    /// The number of bytes.
    public let bytes: Int64

    /// No bytes at all.
    public static let zero = ByteCount(unchecked: 0)

    /// `nil` when `bytes` is negative.
    public init?(bytes: Int64) {
        guard bytes >= 0 else { return nil }
        self.init(unchecked: bytes)
    }

    /// `gibibytes` GiB; `nil` when negative or above 2^63 - 1 bytes.
    public init?(gibibytes: Int64) {
        let (bytes, overflow) = gibibytes.multipliedReportingOverflow(by: Self.bytesPerGibibyte)
        guard !overflow else { return nil }
        self.init(bytes: bytes)
    }

    private init(unchecked bytes: Int64) { self.bytes = bytes }

    /// 2^30.
    public static let bytesPerGibibyte: Int64 = 1 << 30

    /// The smallest multiple of `granule` that is not less; `nil` above 2^63 - 1 bytes.
    public func roundedUp(to granule: ByteCount) -> ByteCount? {
        let remainder = granule.bytes > 0 ? bytes % granule.bytes : 0
        return remainder == 0 ? self : adding(ByteCount(unchecked: granule.bytes - remainder))
    }

    /// The sum; `nil` above 2^63 - 1 bytes.
    public func adding(_ other: ByteCount) -> ByteCount? {
        let (sum, overflow) = bytes.addingReportingOverflow(other.bytes)
        return overflow ? nil : ByteCount(unchecked: sum)
    }

    /// What is left after taking `other` away; zero when `other` is larger.
    public func subtracting(_ other: ByteCount) -> ByteCount {
        ByteCount(unchecked: max(0, bytes - other.bytes))
    }
}

extension ByteCount: Comparable {
    public static func < (left: Self, right: Self) -> Bool { left.bytes < right.bytes }
}

extension ByteCount: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let bytes = try container.decode(Int64.self)
        guard let count = Self(bytes: bytes) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(bytes) bytes is not a size")
        }
        self = count
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(bytes)
    }
}

extension ByteCount: CustomStringConvertible {
    /// In the largest binary unit of which there is at least one: `10 GiB`, `1.5 TiB`, `512 B`.
    ///
    /// Exact where three decimals are enough, else cut (never rounded up) to two and marked: `~9.31 GiB`.
    public var description: String {
        let units: [(name: String, shift: Int64)] = [("EiB", 60), ("PiB", 50), ("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)]
        guard let unit = units.first(where: { bytes >> $0.shift > 0 }) else { return "\(bytes) B" }
        let (whole, rest) = (bytes >> unit.shift, bytes & (1 << unit.shift - 1))
        let (thousandths, isExact) = Self.thousandths(of: rest, shift: unit.shift)
        if thousandths == 0, isExact { return "\(whole) \(unit.name)" }
        let digits = isExact ? Self.digits(thousandths, count: 3) : Self.digits(thousandths / 10, count: 2)
        return "\(isExact ? "" : "~")\(whole).\(digits) \(unit.name)"
    }

    private static func thousandths(of rest: Int64, shift: Int64) -> (Int64, isExact: Bool) {
        let (high, low) = rest.multipliedFullWidth(by: 1000)
        let scaled = high << (64 - shift) | Int64(low >> UInt64(shift))
        return (scaled, low & (1 << UInt64(shift) - 1) == 0)
    }

    private static func digits(_ value: Int64, count: Int) -> String {
        let text = String(value)
        let padded = String(repeating: "0", count: max(0, count - text.count)) + text
        return isolatedZerosTrimmed(padded)
    }

    private static func isolatedZerosTrimmed(_ digits: String) -> String {
        let trimmed = digits.reversed().drop { $0 == "0" }.reversed()
        return trimmed.isEmpty ? "0" : String(trimmed)
    }
}
