/// The sixteen bytes of a UUID in two words, the first byte in the most significant place.
///
/// Text is parsed and written here for speed, as each row of a database holds several identifiers. `uuid_parse` is
/// unreliable: Foundation exports a function of that name, too, which uses `sscanf` and takes blanks and signs for
/// digits.
struct UUIDBits: Hashable, Sendable {
    let high: UInt64
    let low: UInt64

    init(high: UInt64, low: UInt64) { (self.high, self.low) = (high, low) }

    init(filledBy fill: (UnsafeMutablePointer<UInt8>) -> Void) {
        var words: (UInt64, UInt64) = (0, 0)
        withUnsafeMutableBytes(of: &words) { raw in
            guard let bytes = raw.bindMemory(to: UInt8.self).baseAddress else { return }
            fill(bytes)
        }
        self.init(high: UInt64(bigEndian: words.0), low: UInt64(bigEndian: words.1))
    }

    func withBytes<Result>(_ body: (UnsafePointer<UInt8>) -> Result) -> Result {
        withUnsafePointer(to: (high.bigEndian, low.bigEndian)) { pointer in
            pointer.withMemoryRebound(to: UInt8.self, capacity: 16, body)
        }
    }
}

extension UUIDBits {
    private static let length = 36

    private static func isDash(_ position: Int) -> Bool {
        position == 8 || position == 13 || position == 18 || position == 23
    }

    /// Reads the canonical form, in upper or lower case.
    init?(text: String) {
        var text = text
        let words: (high: UInt64, low: UInt64)? = text.withUTF8 { bytes in
            guard bytes.count == Self.length else { return nil }
            var (high, low): (UInt64, UInt64) = (0, 0)
            for (position, byte) in bytes.enumerated() {
                if Self.isDash(position) {
                    guard byte == UInt8(ascii: "-") else { return nil }
                    continue
                }
                let digit: UInt8
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
                case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
                case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
                default: return nil
                }
                // Sixteen digits stand before the third dash.
                if position < 18 { high = high << 4 | UInt64(digit) } else { low = low << 4 | UInt64(digit) }
            }
            return (high, low)
        }
        guard let words else { return nil }
        self.init(high: words.high, low: words.low)
    }

    /// The canonical form, in lower case.
    var text: String {
        let (first, second) = (Self.digits(high >> 32), Self.digits(high))
        let (third, fourth) = (Self.digits(low >> 32), Self.digits(low))
        return String(unsafeUninitializedCapacity: Self.length) { buffer in
            let bytes = UnsafeMutableRawBufferPointer(buffer)
            func write(_ digits: some FixedWidthInteger & BitwiseCopyable, at position: Int) {
                bytes.storeBytes(of: digits.bigEndian, toByteOffset: position, as: type(of: digits))
            }
            write(first, at: 0)
            write(UInt32(truncatingIfNeeded: second >> 32), at: 9)
            write(UInt32(truncatingIfNeeded: second), at: 14)
            write(UInt32(truncatingIfNeeded: third >> 32), at: 19)
            write(UInt32(truncatingIfNeeded: third), at: 24)
            write(fourth, at: 28)
            for position in [8, 13, 18, 23] { bytes[position] = UInt8(ascii: "-") }
            return Self.length
        }
    }

    /// The eight hexadecimal digits of the lower half of `word`, the first in the most significant byte.
    private static func digits(_ word: UInt64) -> UInt64 {
        // Spreads the digits over the bytes.
        var digits = word & 0xFFFF_FFFF
        digits = (digits << 16 | digits) & 0x0000_FFFF_0000_FFFF
        digits = (digits << 8 | digits) & 0x00FF_00FF_00FF_00FF
        digits = (digits << 4 | digits) & 0x0F0F_0F0F_0F0F_0F0F
        // 1 in each byte that holds a letter, which is ten or more.
        let letters = (digits + 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
        let distance = UInt64(UInt8(ascii: "a") - UInt8(ascii: "0") - 10)
        return digits + 0x3030_3030_3030_3030 + letters * distance
    }
}
