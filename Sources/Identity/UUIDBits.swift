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
        String(unsafeUninitializedCapacity: Self.length) { buffer in
            var rest = high
            for position in 0..<Self.length {
                if position == 18 { rest = low }
                if Self.isDash(position) {
                    buffer[position] = UInt8(ascii: "-")
                    continue
                }
                let digit = UInt8(rest >> 60)
                rest <<= 4
                buffer[position] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
            }
            return Self.length
        }
    }
}
