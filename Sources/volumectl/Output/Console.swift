internal import Foundation
internal import SystemPackage
internal import VolumeAPI

/// Output: results to standard output, everything else to standard error.
enum Console {
    /// Prints lines of a result.
    static func result(_ lines: String...) throws(VolumeError) { try result(lines) }

    /// Prints lines of a result.
    static func result(_ lines: [String]) throws(VolumeError) {
        try write(lines.map { $0.printable + "\n" }.joined())
    }

    /// Prints a result for programs, in the current notation.
    static func result(json value: some Encodable) throws {
        try result(piece: Notation.current.text(of: value))
    }

    /// Prints part of a result for programs.
    static func result(piece text: String) throws(VolumeError) {
        // Structured notations escape what has to be.
        try write(Notation.current.isStructured ? text : text.printable)
    }

    /// Prints a message that is not a result.
    static func note(_ text: String) { say(text.printable) }

    /// Tells that something was made of a volume in use.
    static func noteCrashConsistency(of what: String, _ volume: String) {
        note(
            "note: volume \"\(volume)\" is in use; \(what) is crash-consistent: it holds what the volume held at one moment, "
                + "as after a power cut"
        )
    }

    /// Replaces the last line of a terminal, which has not been ended.
    static func replaceLine(_ text: String) {
        _ = try? FileDescriptor.standardError.writeAll(("\r\u{1B}[K" + text.printable).utf8)
    }

    /// Prints an error.
    static func report(_ error: VolumeError, as format: OutputFormat) {
        switch format {
        case .json where Notation.current.isStructured: say(ErrorOutput.json(error))
        case .table, .wide, .json: note(ErrorOutput.text(error))
        }
    }

    /// Whether results go to a terminal.
    static let isTerminal = isatty(STDOUT_FILENO) == 1

    /// The maximum number of characters in a line of results; `nil` for any number, if results do not go to a terminal.
    static let width = width(of: STDOUT_FILENO)

    /// The maximum number of characters in a line of messages; `nil` for any number, if they do not go to a terminal.
    static let errorWidth = width(of: STDERR_FILENO)

    private static func width(of terminal: Int32) -> Int? {
        guard isatty(terminal) == 1 else { return nil }
        var size = winsize()
        if ioctl(terminal, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
        let columns = ProcessInfo.processInfo.environment["COLUMNS"].flatMap(Int.init) ?? 0
        return columns > 0 ? columns : 80
    }

    private static func write(_ text: String) throws(VolumeError) {
        guard !DryRun.isOn else { return }
        do {
            try FileDescriptor.standardOutput.writeAll(text.utf8)
        } catch {
            throw VolumeError(
                .unexpected,
                "the results can't be written to standard output",
                cause: "\(error)",
                aftermath: "the request itself was carried out",
                remedies: [.listVolumes, .listFlows]
            )
        }
    }

    /// Ignores errors, because there is no other way to report them.
    private static func say(_ text: String) {
        _ = try? FileDescriptor.standardError.writeAll((text + "\n").utf8)
    }
}

extension String {
    /// The text with control characters and invisible characters escaped, except for newlines.
    fileprivate var printable: String {
        // Most text is plain, and looking up the properties of characters is slow.
        if utf8.allSatisfy({ (0x20..<0x7F).contains($0) || $0 == 0x0A }) { return self }
        guard unicodeScalars.contains(where: \.isTreacherous) else { return self }
        return
            unicodeScalars.map { scalar in
                scalar.isTreacherous ? "\\u{\(String(scalar.value, radix: 16, uppercase: true))}" : String(scalar)
            }
            .joined()
    }
}

extension Unicode.Scalar {
    /// Whether a terminal would interpret the character, or it is invisible. A newline is neither.
    var isTreacherous: Bool {
        switch properties.generalCategory {
        case .control: self != "\n"
        case .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}
