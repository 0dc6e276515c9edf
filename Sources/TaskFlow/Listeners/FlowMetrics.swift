#if Metrics
    public import CoreMetrics
    internal import Synchronization

    /// A listener that counts and times flows and their steps in the program's metrics system. It requires the
    /// package's trait
    /// `Metrics`.
    ///
    /// | metric | kind | dimensions |
    /// | --- | --- | --- |
    /// | `taskflow_flows_total` | counter | `flow`, `state` |
    /// | `taskflow_steps_total` | counter | `flow`, `step`, `state` |
    /// | `taskflow_flow_duration` | timer, ns | `flow`, `state` |
    /// | `taskflow_step_duration` | timer, ns | `flow`, `step`, `state` |
    ///
    /// Dimensions hold names of the recipe, never a run's id or a value, so their number is bounded. One listener can
    /// serve many engines.
    public final class FlowMetrics: Listener {
        private struct Key: Hashable {
            let metric: String
            let dimensions: [String]
        }

        private struct Start: Hashable {
            let flow: FlowID
            /// `nil` for the flow itself.
            let atom: String?
        }

        private let prefix: String
        private let factory: any MetricsFactory
        private let elapsed: @Sendable () -> Duration
        private let starts = Mutex<[Start: Duration]>([:])
        private let counters = Mutex<[Key: Counter]>([:])
        private let timers = Mutex<[Key: Timer]>([:])

        /// - Parameters:
        ///   - prefix: the prefix of all metrics' names.
        ///   - clock: the clock for the measurement.
        ///   - factory: makes the metrics; by default the program's.
        public init(
            prefix: String = "taskflow",
            by clock: any Clock<Duration> = ContinuousClock(),
            factory: any MetricsFactory = MetricsSystem.factory
        ) {
            self.prefix = prefix
            self.factory = factory
            elapsed = stopwatch(clock)
        }

        /// Counts the change, and times the flow when it ends.
        public func flowChanged(_ change: FlowChange) {
            let time = elapsed()
            let dimensions = [("flow", change.name), ("state", change.state.rawValue)]
            counter("flows_total", dimensions).increment()
            if change.state == .running {
                starts.withLock { $0[Start(flow: change.flow, atom: nil)] = time }
            } else if change.state.isFinished {
                let start = starts.withLock { starts in
                    defer { starts = starts.filter { $0.key.flow != change.flow } }
                    return starts[Start(flow: change.flow, atom: nil)]
                }
                if let start {
                    timer("flow_duration", dimensions).recordNanoseconds(Int64((time - start) / .nanoseconds(1)))
                }
            }
        }

        /// Counts the change, and times the step when its execution or its revert ends.
        public func atomChanged(_ change: AtomChange) {
            let time = elapsed()
            let dimensions = [("flow", change.flowName), ("step", change.atom), ("state", change.state.rawValue)]
            counter("steps_total", dimensions).increment()
            let key = Start(flow: change.flow, atom: change.atom)
            switch change.state {
            case .running, .reverting:
                starts.withLock { $0[key] = time }
            case .success, .failure, .reverted, .revertFailure:
                guard let start = starts.withLock({ $0.removeValue(forKey: key) }) else { return }
                timer("step_duration", dimensions).recordNanoseconds(Int64((time - start) / .nanoseconds(1)))
            case .pending, .ignore, .retrying:
                return
            }
        }

        private func counter(_ name: String, _ dimensions: [(String, String)]) -> Counter {
            counters.withLock { counters in
                let key = Key(metric: name, dimensions: dimensions.map(\.1))
                if let counter = counters[key] { return counter }
                let counter = Counter(label: "\(prefix)_\(name)", dimensions: dimensions, factory: factory)
                counters[key] = counter
                return counter
            }
        }

        private func timer(_ name: String, _ dimensions: [(String, String)]) -> Timer {
            timers.withLock { timers in
                let key = Key(metric: name, dimensions: dimensions.map(\.1))
                if let timer = timers[key] { return timer }
                let timer = Timer(label: "\(prefix)_\(name)", dimensions: dimensions, factory: factory)
                timers[key] = timer
                return timer
            }
        }
    }
#endif
