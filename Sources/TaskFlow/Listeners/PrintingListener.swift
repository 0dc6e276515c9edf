#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Glibc
#endif

/// A listener that writes a line for each change:
///
/// ```text
/// flow 'create-volume' 0d9c…: PENDING -> RUNNING
/// step 'choose-node' of 0d9c…: RUNNING -> SUCCESS with host = "node-1", token = ***
/// step 'reserve-space' of 0d9c…: RUNNING -> FAILURE, because of pool 'a' is full
/// ```
public struct PrintingListener: Listener {
    private let hiding: Hiding
    private let formatFailure: @Sendable (Failure) -> String
    private let sink: @Sendable (String) -> Void

    /// - Parameters:
    ///   - hiding: the values that are not shown.
    ///   - formatFailure: makes the text for a failure.
    ///   - sink: receives the lines, without a line break; by default standard error.
    public init(
        hiding: Hiding = [],
        formatFailure: @escaping @Sendable (Failure) -> String = Failure.inOneSentence,
        to sink: @escaping @Sendable (String) -> Void = PrintingListener.standardError
    ) {
        self.hiding = hiding
        self.formatFailure = formatFailure
        self.sink = sink
    }

    /// Writes a line to standard error.
    public static let standardError: @Sendable (String) -> Void = { line in
        var rest = Array((line + "\n").utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    /// Writes a line.
    public func flowChanged(_ change: FlowChange) {
        sink("flow '\(change.name)' \(change.flow): \(change.transition)".onOneLine)
    }

    /// Writes a line.
    public func atomChanged(_ change: AtomChange) {
        var line = "step '\(change.atom)' of \(change.flow): \(change.transition)"
        if let output = hiding.list(change.given, of: change.atom) { line += " with \(output)" }
        if let failure = change.failure.map(formatFailure) {
            line += ", because of \(hiding.masked(failure, of: [(change.atom, change.values)]))"
        }
        sink(line.onOneLine)
    }
}

extension StateChange where State: RawRepresentable<String> {
    fileprivate var transition: String { "\(oldState.rawValue) -> \(state.rawValue)" }
}
