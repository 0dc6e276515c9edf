extension Duration {
    /// A hundred years. Clocks trap on what they can't represent, so nothing waits longer.
    static let longest = Duration.seconds(100 * 365 * 86_400)

    /// Creates a duration of `seconds`, clamped to between minus and plus ``longest``; zero if `seconds` isn't a
    /// number.
    init(clamping seconds: Double) {
        let longest = Self.longest / .seconds(1)
        self = seconds.isNaN ? .zero : .seconds(min(longest, max(-longest, seconds)))
    }

    /// The duration clamped to between zero and ``longest``.
    var clamped: Duration { min(.longest, max(.zero, self)) }
}
