internal import VolumeAPI

/// The comparisons of filters in a pool. The texts are made only if somebody reads them: among many pools they cost more than the
/// comparisons.
struct FilterLog {
    /// Whether the texts are read.
    let isRead: Bool
    /// The comparisons so far, if they are read.
    private(set) var checks: [FilterCheck] = []

    init(isRead: Bool) { self.isRead = isRead }

    /// Notes what a filter compared, and returns whether the pool passes.
    mutating func note(_ filter: String, passes: Bool, _ compared: @autoclosure () -> String) -> Bool {
        if isRead { checks.append(FilterCheck(filter, passes: passes, compared())) }
        return passes
    }

    /// Notes that a filter rejects the pool.
    ///
    /// - Returns: `false`: the pool does not pass.
    mutating func reject(_ filter: String, _ why: @autoclosure () -> String) -> Bool {
        note(filter, passes: false, why())
    }
}
