public import Logging

/// Reports slow handlers.
///
/// A flow waits for its handlers, since they have to be notified in order. After a slow call the handler is reported by
/// name.
public struct HandlerWatch: Sendable {
    /// A call of a handler that reached the threshold.
    public struct SlowCall: Sendable {
        /// The name of the handler: a listener's type, the name given at the registration, or the registration's file
        /// and line.
        public let handler: String
        /// The change, as a message puts it: `step 'reserve-space' is RUNNING`.
        public let change: String
        /// The duration of the call.
        public let duration: Duration
    }

    /// Logs a warning for calls of a second and more.
    public static let standard = HandlerWatch.logging()

    let threshold: Duration
    let elapsed: @Sendable () -> Duration
    let report: @Sendable (SlowCall) -> Void

    /// - Parameters:
    ///   - threshold: the duration from which a call counts as slow.
    ///   - clock: the clock for the measurement.
    ///   - report: receives the slow calls. The flow waits for it as well.
    public init(
        reporting threshold: Duration,
        by clock: any Clock<Duration> = ContinuousClock(),
        to report: @escaping @Sendable (SlowCall) -> Void
    ) {
        self.threshold = threshold
        self.report = report
        elapsed = stopwatch(clock)
    }

    /// Logs a warning for each slow call, with `handler`, `change` and `duration` as metadata.
    ///
    /// - Parameters:
    ///   - threshold: the duration from which a call counts as slow.
    ///   - clock: the clock for the measurement.
    ///   - logger: the logger; by default one labelled `taskflow`.
    public static func logging(
        from threshold: Duration = .seconds(1),
        by clock: any Clock<Duration> = ContinuousClock(),
        to logger: Logger? = nil
    ) -> HandlerWatch {
        HandlerWatch(reporting: threshold, by: clock) { call in
            // Created here and not earlier, since the program may set up its logging system in between.
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

/// Returns a function that measures the time since this call.
func stopwatch(_ clock: some Clock<Duration>) -> @Sendable () -> Duration {
    let origin = clock.now
    return { origin.duration(to: clock.now) }
}
