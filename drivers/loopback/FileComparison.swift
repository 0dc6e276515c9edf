import SystemPackage
import VolumeDriver

/// Compares a file with the beginning of another one.
struct FileComparison {
    private static let pieceSize: Int64 = 1 << 20
    private let cancellation: Cancellation

    init(_ cancellation: Cancellation) { self.cancellation = cancellation }

    /// Whether the first `length` bytes of both files are equal, and the rest of `file` reads as zeros. What is a hole in
    /// both is not read.
    ///
    /// - Throws: `canceled`.
    func isEqual(_ file: borrowing OpenFile, _ other: borrowing OpenFile, length: Int64) throws(Errno) -> Bool {
        let end = try file.status().size
        guard end >= length, try other.status().size >= length else { return false }
        var offset: Int64 = 0
        while offset < end {
            if cancellation.isCancelled { throw .canceled }
            let next = try file.nextData(from: offset, before: end)?.lowerBound ?? end
            let nextOther = try other.nextData(from: offset, before: length)?.lowerBound ?? end
            offset = max(offset, min(next, nextOther))
            let count = min(Self.pieceSize, end - offset)
            guard count > 0 else { break }
            let piece = try file.read(Int(count), at: offset)
            let shared = max(0, min(count, length - offset))
            let otherPiece = shared > 0 ? try other.read(Int(shared), at: offset) : []
            guard piece.count == Int(count), otherPiece.count == Int(shared),
                piece[..<Int(shared)] == otherPiece[...], piece[Int(shared)...].allSatisfy({ $0 == 0 })
            else { return false }
            offset += count
        }
        return true
    }
}
