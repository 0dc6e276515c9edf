public import Logging

/// Notices handlers that keep a flow waiting.
///
/// A flow waits for those whom it tells of its changes, as they have to be told in order. One that takes long is reported
/// after each such call, by name.
public struct HandlerWatch: Sendable {
    /// A call of a handler that took long.
    public struct SlowCall: Sendable {
        /// The name under which the handler was registered: for a listener its type, otherwise file and line unless a name
        /// was given.
        public let handler: String
        /// What it was told, for people: `step 'reserve-space' is RUNNING`.
        public let change: String
        /// How long it took.
        public let duration: Duration
    }

    /// Logs a warning for calls of a second and more.
    public static let standard = HandlerWatch.logging()

    let threshold: Duration
    let elapsed: @Sendable () -> Duration
    let report: @Sendable (SlowCall) -> Void

    /// - Parameters:
    ///   - threshold: from where on a call is slow.
    ///   - clock: what to measure by.
    ///   - report: gets the slow calls. The flow waits for it as well.
    public init(
        reporting threshold: Duration,
        by clock: any Clock<Duration> = ContinuousClock(),
        to report: @escaping @Sendable (SlowCall) -> Void
    ) {
        self.threshold = threshold
        self.report = report
        elapsed = stopwatch(clock)
    }

    /// Logs a warning for each slow call, with `handler`, `change` and `duration`.
    ///
    /// - Parameters:
    ///   - threshold: from where on a call is slow.
    ///   - clock: what to measure by.
    ///   - logger: where to log; one labelled `taskflow` unless given.
    public static func logging(
        from threshold: Duration = .seconds(1),
        by clock: any Clock<Duration> = ContinuousClock(),
        to logger: Logger? = nil
    ) -> HandlerWatch {
        HandlerWatch(reporting: threshold, by: clock) { call in
            // Made here, and not earlier, as the logging system may have been set up since.
            (logger ?? Logger(label: "taskflow"))
                .warning(
                    "a handler kept a flow waiting",
                    metadata: [
                        "handler": "\(call.handler)", "change": "\(call.change)", "duration": "\(call.duration)",
                    ]
                )
        }
    }
}

/// How long ago this was called.
func stopwatch(_ clock: some Clock<Duration>) -> @Sendable () -> Duration {
    let origin = clock.now
    return { origin.duration(to: clock.now) }
}
