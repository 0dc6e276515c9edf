extension Failure: CustomStringConvertible {
    /// For people.
    public var description: String { atom.isEmpty ? message : "'\(atom)' failed: \(message)" }
}

extension Failure {
    /// The failure and what led to it, in one sentence.
    public static let inOneSentence: @Sendable (Failure) -> String = { failure in
        ([failure.message] + failure.causes.map(\.message)).joined(separator: ", because of ")
    }

    /// The failure and what led to it, a line for each, with the names of their types:
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
    /// The failures and what led to them, a line for each, with the names of their types.
    public func formatted() -> String { failures.map { $0.formatted() }.joined(separator: "\n") }
}

extension CapturedError {
    /// Its words and its type.
    fileprivate var inFull: String { type.isEmpty ? message : "\(message) (\(type))" }

    fileprivate func add(to outline: inout Outline, depth: Int) {
        outline.add("because of: \(inFull)", depth: depth)
        for cause in causes { cause.add(to: &outline, depth: depth + 1) }
    }
}

/// Lines of text, indented by what they belong to.
struct Outline {
    private(set) var lines: [String] = []
    var text: String { lines.joined(separator: "\n") }

    /// Adds `text`. Its own lines after the first stand further in, so that none of them passes for a line of the outline.
    mutating func add(_ text: String, depth: Int = 0) {
        for (number, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            lines.append(String(repeating: "  ", count: depth + (number == 0 ? 0 : 2)) + line)
        }
    }
}
