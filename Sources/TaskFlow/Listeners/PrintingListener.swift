#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Glibc
#endif

/// Writes a line for each change:
///
/// ```text
/// flow 'create-volume' 0d9c…: PENDING -> RUNNING
/// step 'choose-node' of 0d9c…: RUNNING -> SUCCESS with host = "node-1", token = ***
/// step 'reserve-space' of 0d9c…: RUNNING -> FAILURE, because of pool 'a' is full
/// ```
public struct PrintingListener: Listener {
    private let hiding: Hiding
    private let sink: @Sendable (String) -> Void

    /// - Parameters:
    ///   - symbols: whose values are not shown. What an error says of them is up to `formatFailure`.
    ///   - formatFailure: gives the words for what went wrong.
    ///   - sink: gets the lines, without a line break; standard error unless given.
    public init(
        hiding symbols: Set<String> = [],
        formatFailure: @escaping @Sendable (Failure) -> String = Failure.inOneSentence,
        to sink: @escaping @Sendable (String) -> Void = PrintingListener.standardError
    ) {
        hiding = Hiding(symbols: symbols, formatFailure: formatFailure)
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
        let output = hiding.output(of: change).map { "\($0.symbol) = \($0.value)" }
        if !output.isEmpty { line += " with \(output.joined(separator: ", "))" }
        if let failure = hiding.failure(of: change) { line += ", because of \(failure)" }
        sink(line.onOneLine)
    }
}

extension StateChange where State: RawRepresentable<String> {
    fileprivate var transition: String { "\(oldState.rawValue) -> \(state.rawValue)" }
}
