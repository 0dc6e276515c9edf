internal import Foundation
internal import SystemPackage
internal import VolumeAPI

/// Where words go: results to standard output, everything else to standard error.
enum Console {
    /// Prints lines that are results.
    static func result(_ lines: String...) throws(VolumeError) { try result(lines) }

    /// Prints lines that are results.
    static func result(_ lines: [String]) throws(VolumeError) {
        try write(lines.map { $0.printable + "\n" }.joined())
    }

    /// Prints results for programs.
    static func result(json value: some Encodable) throws {
        try write(JSONOutput.text(value) + "\n")
    }

    /// Prints a part of a result as it is.
    static func result(piece text: String) throws(VolumeError) { try write(text) }

    /// Says something that isn't a result.
    static func note(_ text: String) { say(text.printable) }

    /// Says what has gone wrong.
    static func report(_ error: VolumeError, as format: OutputFormat) {
        switch format {
        case .table, .wide: note(ErrorOutput.text(error))
        case .json: say(ErrorOutput.json(error))
        }
    }

    /// Whether a person looks at the results.
    static let isTerminal = isatty(STDOUT_FILENO) == 1

    /// How many characters a line of results may have; `nil` for any number, where they don't go to a terminal.
    static let width = width(of: STDOUT_FILENO)

    /// How many characters a line of messages may have; `nil` for any number, where they don't go to a terminal.
    static let errorWidth = width(of: STDERR_FILENO)

    private static func width(of terminal: Int32) -> Int? {
        guard isatty(terminal) == 1 else { return nil }
        var size = winsize()
        if ioctl(terminal, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
        let columns = ProcessInfo.processInfo.environment["COLUMNS"].flatMap(Int.init) ?? 0
        return columns > 0 ? columns : 80
    }

    private static func write(_ text: String) throws(VolumeError) {
        do {
            try FileDescriptor.standardOutput.writeAll(text.utf8)
        } catch {
            throw VolumeError(
                .unexpected,
                "the results can't be written to standard output",
                cause: "\(error)",
                aftermath: "what was asked for had been done by then",
                remedies: [.listVolumes, .listFlows]
            )
        }
    }

    /// Nobody can be told that nobody can be told.
    private static func say(_ text: String) {
        _ = try? FileDescriptor.standardError.writeAll((text + "\n").utf8)
    }
}

extension String {
    /// With escapes for what a terminal would act on and for what nobody would see. Lines stay lines.
    fileprivate var printable: String {
        // Most text is plain; to look up what every other character is takes long.
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
    /// Whether a terminal would act on it, or nobody would see it. A line's end is no such thing.
    var isTreacherous: Bool {
        switch properties.generalCategory {
        case .control: self != "\n"
        case .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}
