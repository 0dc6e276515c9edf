/// Shows outputs and failures to people, save for what is not for their eyes.
struct Hiding: Sendable {
    /// What stands for a hidden value.
    static let placeholder = "***"
    let symbols: Set<String>
    let formatFailure: @Sendable (Failure) -> String

    /// What the step gave, by symbol.
    func output(of change: AtomChange) -> [(symbol: String, value: String)] {
        change.output.sorted { $0.key < $1.key }
            .map { ($0.key, symbols.contains($0.key) ? Self.placeholder : Self.text(of: $0.value)) }
    }

    func failure(of change: AtomChange) -> String? { change.failure.map { formatFailure($0) } }

    private static func text(of value: any Sendable) -> String {
        (value as? String).map { $0.debugDescription } ?? "\(value)"
    }
}

extension Failure {
    /// The failure and what led to it, in one sentence.
    public static let inOneSentence: @Sendable (Failure) -> String = { failure in
        ([failure.message] + failure.causes).joined(separator: ", because of ")
    }
}

extension String {
    /// With a mark in place of each line break, so that nobody's value or error passes for a line of its own.
    var onOneLine: String {
        split(omittingEmptySubsequences: false) { $0.isNewline }.joined(separator: "\u{23CE}")
    }
}
