extension Duration {
    /// The duration in nanoseconds, clamped to about 292 years.
    package var nanoseconds: Int64 {
        Int64(clamping: Int128(components.seconds) * 1_000_000_000 + Int128(components.attoseconds / 1_000_000_000))
    }
}
