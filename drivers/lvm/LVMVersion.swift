/// The version of LVM: `2.03.16`.
struct LVMVersion: Sendable, Hashable, Comparable, CustomStringConvertible {
    let numbers: [Int]

    /// The first version with thin volumes (`cinder: LVM.supports_thin_provisioning`).
    static let thin = LVMVersion([2, 2, 95])
    /// The first version without a warning from Cinder.
    static let recommended = LVMVersion([2, 2, 107])

    init(_ numbers: [Int]) { self.numbers = numbers }

    /// Parses the line `LVM version: 2.03.16(2) (2022-05-18)` of `output`; `nil` if there is none.
    init?(parsing output: String) {
        let words = output.split(whereSeparator: \.isNewline).lazy
            .map { $0.split(separator: ":", maxSplits: 1) }
            .first { $0.count == 2 && $0[0].drop(while: \.isWhitespace) == "LVM version" }
        guard let text = words?[1].drop(while: \.isWhitespace).prefix(while: { $0.isNumber || $0 == "." }) else {
            return nil
        }
        let numbers = text.split(separator: ".").compactMap { Int($0) }
        guard numbers.count >= 3 else { return nil }
        self.init(numbers)
    }

    static func < (left: Self, right: Self) -> Bool { left.numbers.lexicographicallyPrecedes(right.numbers) }

    var description: String {
        numbers.enumerated().map { $0 > 0 && $1 < 10 ? "0\($1)" : "\($1)" }.joined(separator: ".")
    }
}
