extension String {
    /// The text in quotes, as one line of printable ASCII, whatever it contains.
    ///
    /// Other characters are escaped, so that look-alike letters and reversed text become visible; a long text is cut.
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
