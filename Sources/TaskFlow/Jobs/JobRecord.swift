package import FoundationEssentials

/// A board's record of a job, with the rules for its changes, which are the same for every board.
package struct JobRecord: Sendable {
    package private(set) var job: Job
    package let postedAt: Date
    package private(set) var changedAt: Date
    /// The owner of the last lease; `nil` if it has been given up.
    package private(set) var owner: String?
    package private(set) var leaseNumber: Int
    package private(set) var expiresAt: Date?
    /// Whether the owner is known to be dead, so that its lease has ended early.
    private let isForsaken: Bool

    /// - Parameter isForsaken: whether the owner is known to be dead.
    package init(
        _ job: Job,
        postedAt: Date,
        changedAt: Date? = nil,
        owner: String? = nil,
        leaseNumber: Int = 0,
        expiresAt: Date? = nil,
        isForsaken: Bool = false
    ) {
        self.job = job
        self.postedAt = postedAt
        self.changedAt = changedAt ?? postedAt
        self.owner = owner
        self.leaseNumber = leaseNumber
        self.expiresAt = expiresAt
        self.isForsaken = isForsaken
    }

    package func state(at now: Date) -> JobState {
        guard owner != nil, !isForsaken, let expiresAt, expiresAt > now else { return .unclaimed }
        return .claimed
    }

    package func posting(at now: Date) -> JobPosting {
        let state = state(at: now)
        return JobPosting(
            job: job,
            state: state,
            owner: state == .claimed ? owner : nil,
            expiresIn: state == .claimed ? expiresAt.map { Duration(clamping: $0.timeIntervalSince(now)) } : nil,
            leaseNumber: leaseNumber,
            postedAt: postedAt,
            changedAt: changedAt
        )
    }

    package mutating func claim(
        by claimant: String,
        for duration: Duration,
        at now: Date
    ) throws(JobRefused) -> Lease {
        guard !claimant.isEmpty else { throw JobRefused(job.id, .anonymous) }
        if state(at: now).successors.contains(.claimed) {
            leaseNumber += 1
            owner = claimant
        } else if owner != claimant {
            throw JobRefused(job.id, .claimed(by: owner ?? "somebody"))
        }
        extend(for: duration, at: now)
        return Lease(job: job.id, number: leaseNumber)
    }

    package mutating func renew(_ lease: Lease, for duration: Duration, at now: Date) throws(LeaseLost) {
        try hold(lease)
        extend(for: duration, at: now)
    }

    package mutating func abandon(_ lease: Lease, at now: Date) throws(LeaseLost) {
        try hold(lease)
        (owner, expiresAt, changedAt) = (nil, nil, now)
    }

    /// Moves the job to a place and ends its lease, if it has one, so that a conductor of that place can claim it.
    package mutating func move(to place: Place?, at now: Date) {
        job.details.place = place
        (owner, expiresAt, changedAt) = (nil, nil, now)
    }

    /// Checks that `lease` is the newest and has not been given up.
    ///
    /// - Returns: the owner of the lease.
    @discardableResult
    package func hold(_ lease: Lease) throws(LeaseLost) -> String {
        guard let owner, lease == Lease(job: job.id, number: leaseNumber) else { throw LeaseLost(lease) }
        return owner
    }

    private mutating func extend(for duration: Duration, at now: Date) {
        expiresAt = now + duration / .seconds(1)
        changedAt = now
    }
}
