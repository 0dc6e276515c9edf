public import Logging

/// A listener that logs each change with its details as metadata, at a level that depends on its state.
///
/// By default the states `FAILURE`, `REVERT_FAILURE`, `REVERTED` and `RETRYING` of steps, and `FAILURE` and `REVERTED`
/// of flows, are logged at the failure level, all others at the normal level.
public struct LoggingListener: Listener {
    private let logger: Logger
    private let level: Logger.Level
    private let failureLevel: Logger.Level
    private let flowLevels: [FlowState: Logger.Level]
    private let atomLevels: [AtomState: Logger.Level]
    private let hiding: Hiding
    private let formatFailure: @Sendable (Failure) -> String

    /// - Parameters:
    ///   - level: the normal level.
    ///   - failureLevel: the level of failures.
    ///   - flowLevels: the levels of particular states of flows.
    ///   - atomLevels: the levels of particular states of steps.
    ///   - hiding: the values that are not shown.
    ///   - formatFailure: makes the text for a failure; ``Engine/failureFormatter(hiding:)`` returns one that explains
    ///     it in detail.
    public init(
        _ logger: Logger,
        level: Logger.Level = .debug,
        failureLevel: Logger.Level = .warning,
        flowLevels: [FlowState: Logger.Level] = [:],
        atomLevels: [AtomState: Logger.Level] = [:],
        hiding: Hiding = [],
        formatFailure: @escaping @Sendable (Failure) -> String = Failure.inOneSentence
    ) {
        self.logger = logger
        self.level = level
        self.failureLevel = failureLevel
        self.flowLevels = flowLevels
        self.atomLevels = atomLevels
        self.hiding = hiding
        self.formatFailure = formatFailure
    }

    /// Logs the change with the metadata `flow`, `name`, `state` and `old-state`.
    public func flowChanged(_ change: FlowChange) {
        let isFailure = change.state == .failure || change.state == .reverted
        logger.log(
            level: flowLevels[change.state] ?? (isFailure ? failureLevel : level),
            "flow '\(change.name)' is \(change.state.rawValue)",
            metadata: [
                "flow": "\(change.flow)",
                "name": "\(change.name)",
                "state": "\(change.state.rawValue)",
                "old-state": "\(change.oldState.rawValue)",
            ]
        )
    }

    /// Logs the change with the metadata `flow`, `step`, `state`, `old-state` and, if present, `input` (only with
    /// `RUNNING`),
    /// `output`, `failure`, and the number of the `attempt` if it isn't the first.
    public func atomChanged(_ change: AtomChange) {
        logger.log(
            level: atomLevels[change.state] ?? (change.state.isFailure ? failureLevel : level),
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
        metadata["input"] = change.state == .running ? dictionary(change.taken, of: change) : nil
        metadata["output"] = dictionary(change.given, of: change)
        if let failure = change.failure.map(formatFailure) {
            metadata["failure"] = "\(hiding.masked(failure, of: [(change.atom, change.values)]))"
        }
        if change.attempt > 1 { metadata["attempt"] = "\(change.attempt)" }
        return metadata
    }

    /// - Returns: `nil` if there are no values.
    private func dictionary(_ values: [NamedValue], of change: AtomChange) -> Logger.MetadataValue? {
        guard !values.isEmpty else { return nil }
        let words = hiding.words(for: values, of: change.atom)
        return .dictionary(Dictionary(words.map { ($0.name, .string($0.text)) }, uniquingKeysWith: { $1 }))
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
