extension String {
    /// Between quotes, for a message: one line of printable ASCII whatever a stranger has typed.
    ///
    /// Other characters are escaped, so that a look-alike letter or a reversal of the text shows; a long text is cut.
    package var quoted: String {
        let shown = unicodeScalars.prefix(Self.longestQuoted).map(Self.escaped).joined()
        return unicodeScalars.count > Self.longestQuoted ? "'\(shown)'..." : "'\(shown)'"
    }

    private static let longestQuoted = 64

    private static func escaped(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "'", "\\": "\\\(scalar)"
        case " "..."~": String(scalar)
        default: "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
        }
    }
}
