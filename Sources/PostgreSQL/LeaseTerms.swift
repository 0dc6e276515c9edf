/// The durations of the lease that a process has on all that it holds.
package struct LeaseTerms: Sendable, Hashable {
    /// How long a renewal is valid by the server's clock. When it has run out, others take over.
    package let duration: Duration
    /// How much earlier the process stops trusting the lease. It covers what passes between the last look at the lease and
    /// the call that follows, and the drift of this host's clock against the server's.
    package let margin: Duration
    /// The time between two renewals.
    package let interval: Duration

    /// How long a process may stop in a transaction, which keeps others waiting, until the server ends that. It is less than
    /// what is left of a lease at that moment, so that others take over when the lease has run out, and not later. On a busy
    /// machine a process may stop for some seconds, though between two statements a body only computes.
    package var longestStop: Duration { min(max(duration - interval, .seconds(5)), .seconds(20)) }

    /// - Parameter duration: how long a renewal is valid. The margin is a sixth, and there are five renewals in that time.
    package init(_ duration: Duration) { (self.duration, margin, interval) = (duration, duration / 6, duration / 5) }

    /// 15 seconds: a server that restarts or fails over in that time costs nobody a lease.
    package static let standard = LeaseTerms(.seconds(15))
}
