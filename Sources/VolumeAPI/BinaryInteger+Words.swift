extension BinaryInteger {
    /// The number of things of this name: `1 flow`, `2 flows`.
    package func of(_ noun: String) -> String { "\(self) \(noun)\(self == 1 ? "" : "s")" }
}
