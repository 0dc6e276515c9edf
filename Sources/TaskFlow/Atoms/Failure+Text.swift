extension Failure: CustomStringConvertible {
    /// The message that a person reads.
    public var description: String { atom.isEmpty ? message : "'\(atom)' failed: \(message)" }
}

extension Failure {
    /// Formats a failure and its causes as one sentence.
    public static let inOneSentence: @Sendable (Failure) -> String = { failure in
        ([failure.message] + failure.causes.map(\.message)).joined(separator: ", because of ")
    }

    /// The failure and its causes, one per line, with the names of their types:
    ///
    /// ```text
    /// 'export' failed: no answer (ExportError)
    ///   because of: connection refused (SocketError)
    /// ```
    public func formatted() -> String {
        var outline = Outline()
        add(to: &outline)
        return outline.text
    }

    func add(to outline: inout Outline, reverting: Bool = false) {
        let subject = reverting ? "the revert of '\(atom)'" : "'\(atom)'"
        outline.add(atom.isEmpty ? captured.inFull : "\(subject) failed: \(captured.inFull)")
        for cause in captured.causes { cause.add(to: &outline, depth: 1) }
    }
}

extension WrappedFailure {
    /// The failures and their causes, one per line, with the names of their types.
    public func formatted() -> String { failures.map { $0.formatted() }.joined(separator: "\n") }
}

extension CapturedError {
    /// The message, followed by the type.
    fileprivate var inFull: String { type.isEmpty ? message : "\(message) (\(type))" }

    fileprivate func add(to outline: inout Outline, depth: Int) {
        outline.add("because of: \(inFull)", depth: depth)
        for cause in causes { cause.add(to: &outline, depth: depth + 1) }
    }
}

/// Lines of text, indented by their depth.
struct Outline {
    private(set) var lines: [String] = []
    var text: String { lines.joined(separator: "\n") }

    /// Adds `text`. Its lines after the first are indented further, so that none of them looks like an entry of the
    /// outline.
    mutating func add(_ text: String, depth: Int = 0) {
        for (number, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            lines.append(String(repeating: "  ", count: depth + (number == 0 ? 0 : 2)) + line)
        }
    }
}
