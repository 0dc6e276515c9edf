/// Finds out what was meant by a word that is not known.
enum Spelling {
    /// The word that takes the fewest changes, if that is not more than `limit`.
    static func nearest(to word: String, among known: some Sequence<String>, within limit: Int) -> String? {
        guard word.utf8.count <= 64 else { return nil }
        let limit = min(limit, word.utf8.count / 2)
        return known.map { ($0, distance(Array($0.utf8), Array(word.utf8))) }
            .filter { $0.1 <= limit }
            .min { ($0.1, $0.0) < ($1.1, $1.0) }?
            .0
    }

    /// How many bytes have to be inserted, removed or replaced to turn one into the other.
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var row = Array(0...right.count)
        for (i, a) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, b) in right.enumerated() {
                let replaced = diagonal + (a == b ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(replaced, diagonal + 1, row[j] + 1)
            }
        }
        return row[right.count]
    }
}
