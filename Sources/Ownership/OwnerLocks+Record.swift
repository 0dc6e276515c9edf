internal import Glibc

/// What shows a change of a file without a look at its content.
package struct FileState: Sendable, Hashable {
    fileprivate let words: [UInt64]

    /// The state of the file at `path`; `nil` if there is none, or it can't be found out.
    package init?(path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        words = [
            UInt64(status.st_dev), UInt64(status.st_ino), UInt64(bitPattern: Int64(status.st_size)),
            UInt64(bitPattern: Int64(status.st_mtim.tv_sec)), UInt64(bitPattern: Int64(status.st_mtim.tv_nsec)),
        ]
    }

    fileprivate init(words: [UInt64]) { self.words = words }
}

/// What the owners of a file know of it.
package struct FileRecord: Sendable, Hashable {
    /// The state in which the last owner left the file; `nil` if no owner has left it whole.
    package var state: FileState?
    /// Whether the present owners know that nobody else has changed it.
    package var isTrusted: Bool

    package init(state: FileState?, isTrusted: Bool) { (self.state, self.isTrusted) = (state, isTrusted) }
}

// The record of the written file is kept in the last of the files, behind the number of the queue.
extension OwnerLocks {
    private static let recordOffset: off_t = 64
    /// The first word of a record, which a file without one does not have.
    private static let recordKind: UInt64 = 0x316B_7261_6D6C_6F76

    /// The record; `nil` if there is none.
    package var record: FileRecord? {
        guard let file = files.last else { return nil }
        var words = [UInt64](repeating: 0, count: 8)
        let length = words.withUnsafeMutableBytes { bytes in
            pread(file.descriptor, bytes.baseAddress, bytes.count, Self.recordOffset)
        }
        guard length == 64, words[0] == Self.recordKind else { return nil }
        return FileRecord(state: words[1] == 0 ? nil : FileState(words: Array(words[3...])), isTrusted: words[2] == 1)
    }

    /// Writes the record. It need not be durable: without it, the file is only looked at once more.
    package func write(_ record: FileRecord) {
        guard let file = files.last else { return }
        let state = record.state?.words ?? [0, 0, 0, 0, 0]
        let words = [Self.recordKind, record.state == nil ? 0 : 1, record.isTrusted ? 1 : 0] + state
        _ = words.withUnsafeBytes { pwrite(file.descriptor, $0.baseAddress, $0.count, Self.recordOffset) }
    }
}
