public import Logging

/// Logs each change with its facts as metadata, and failures and what they lead to at a level of their own.
///
/// The failure level is that of `FAILURE`, `REVERT_FAILURE`, `REVERTED` and `RETRYING`, of steps as of flows.
public struct LoggingListener: Listener {
    private let logger: Logger
    private let level: Logger.Level
    private let failureLevel: Logger.Level
    private let hiding: Hiding

    /// - Parameters:
    ///   - level: of what goes well.
    ///   - failureLevel: of what doesn't.
    ///   - symbols: whose values are not shown. What an error says of them is up to `formatFailure`.
    ///   - formatFailure: gives the words for what went wrong.
    public init(
        _ logger: Logger,
        level: Logger.Level = .debug,
        failureLevel: Logger.Level = .warning,
        hiding symbols: Set<String> = [],
        formatFailure: @escaping @Sendable (Failure) -> String = Failure.inOneSentence
    ) {
        self.logger = logger
        self.level = level
        self.failureLevel = failureLevel
        hiding = Hiding(symbols: symbols, formatFailure: formatFailure)
    }

    /// Logs the change, with `flow`, `name`, `state` and `old-state`.
    public func flowChanged(_ change: FlowChange) {
        let isFailure = change.state == .failure || change.state == .reverted
        logger.log(
            level: isFailure ? failureLevel : level,
            "flow '\(change.name)' is \(change.state.rawValue)",
            metadata: [
                "flow": "\(change.flow)",
                "name": "\(change.name)",
                "state": "\(change.state.rawValue)",
                "old-state": "\(change.oldState.rawValue)",
            ]
        )
    }

    /// Logs the change, with `flow`, `step`, `state`, `old-state` and, where there are any, `output` and `failure`.
    public func atomChanged(_ change: AtomChange) {
        logger.log(
            level: change.state.isFailure ? failureLevel : level,
            "step '\(change.atom)' is \(change.state.rawValue)",
            metadata: metadata(of: change)
        )
    }

    private func metadata(of change: AtomChange) -> Logger.Metadata {
        var metadata: Logger.Metadata = [
            "flow": "\(change.flow)",
            "step": "\(change.atom)",
            "state": "\(change.state.rawValue)",
            "old-state": "\(change.oldState.rawValue)",
        ]
        let output = hiding.output(of: change)
        if !output.isEmpty {
            metadata["output"] = .dictionary(
                Dictionary(uniqueKeysWithValues: output.map { ($0.symbol, .string($0.value)) })
            )
        }
        if let failure = hiding.failure(of: change) { metadata["failure"] = .string(failure) }
        return metadata
    }
}

extension AtomState {
    fileprivate var isFailure: Bool {
        switch self {
        case .failure, .revertFailure, .reverted, .retrying: true
        case .pending, .running, .success, .reverting, .ignore: false
        }
    }
}
