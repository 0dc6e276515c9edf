extension Duration {
    /// A hundred years. Clocks trap on what they can't represent, so nothing waits longer.
    static let longest = Duration.seconds(100 * 365 * 86_400)

    /// As many seconds, but no more than ``longest`` either way; none at all if `seconds` isn't a number.
    init(clamping seconds: Double) {
        let longest = Self.longest / .seconds(1)
        self = seconds.isNaN ? .zero : .seconds(min(longest, max(-longest, seconds)))
    }

    /// No less than zero, and no more than ``longest``.
    var clamped: Duration { min(.longest, max(.zero, self)) }
}
