internal import Foundation
internal import SystemPackage

/// Where words go: results to standard output, everything else to standard error.
enum Console {
    static func result(_ text: String) { write(text, to: .standardOutput) }
    static func note(_ text: String) { write(text, to: .standardError) }

    /// Whether a person looks at the results.
    static let isTerminal = isatty(STDOUT_FILENO) == 1

    /// Nobody can be told that nobody can be told.
    private static func write(_ text: String, to output: FileDescriptor) {
        _ = try? output.writeAll((text + "\n").utf8)
    }
}
