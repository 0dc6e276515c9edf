/// How to find a server and a database: a connection URI or string of libpq. It may hold a password, which is never part
/// of the description.
public struct ServerAddress: Sendable, Hashable, CustomStringConvertible {
    let text: String

    /// - Parameter text: a connection URI, such as `postgresql://host/database`, or a connection string.
    public init(_ text: String) { self.text = text }

    /// Whether a text is the address of a PostgreSQL server, and not the path of a file.
    public static func isAddress(_ text: String) -> Bool {
        text.hasPrefix("postgresql://") || text.hasPrefix("postgres://")
    }

    /// The address without passwords: what stands between a user and the host, and the values of parameters such as
    /// `password` and `sslpassword`.
    public var description: String {
        var text = text
        if Self.isAddress(text), let at = text.lastIndex(of: "@"),
            let start = text.firstRange(of: "://")?.upperBound, start < at,
            let colon = text[start..<at].firstIndex(of: ":")
        {
            text.replaceSubrange(colon..<at, with: ":***")
        }
        return text.replacing(/(password\s*=\s*)('(?:[^'\\]|\\.)*'|[^&\s]*)/.ignoresCase()) { "\($0.output.1)***" }
    }

    /// A message of libpq in one line, and up to the first thing that it quotes if that may be a password.
    func redacting(_ message: String) -> String {
        let lines = message.split(whereSeparator: \.isNewline).map { $0.drop(while: \.isWhitespace) }
        let line = lines.joined(separator: "; ")
        // Only a message about the address quotes the address; one of a connection names its host, its user and the like.
        return line.hasPrefix("connection to") ? line : String(line.prefix { $0 != "\"" })
    }
}
