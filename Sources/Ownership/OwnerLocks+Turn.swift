internal import Dispatch
internal import Glibc

/// A place in the queue of the processes that want to write.
package final class Turn: Sendable {
    private let file: LockFile?
    private let byte: Int64

    fileprivate init(file: LockFile?, byte: Int64) {
        self.file = file
        self.byte = byte
    }

    /// Lets the next one go on.
    package func end() {
        file?.unlock(byte)
    }
}

extension OwnerLocks {
    /// Waits until those who asked before have ended their turns or died.
    ///
    /// Each one takes a number from the file beside what is written, locks that number's byte, and waits for the byte of the
    /// number before. The queue only makes the order fair: where it can't be kept, or somebody stands in it for too long,
    /// the turn begins all the same, and the database's own lock decides.
    package func takeTurn() -> Turn {
        guard let file = files.last, let number = try? number(from: file) else { return Turn(file: nil, byte: 0) }
        wait(for: Self.byte(of: number &- 1), of: file)
        return Turn(file: file, byte: Self.byte(of: number))
    }

    private func number(from file: LockFile) throws -> UInt64 {
        try file.lock(Self.counterByte)
        defer { file.unlock(Self.counterByte) }
        var number: UInt64 = 0
        guard pread(file.descriptor, &number, 8, 0) >= 0 else { throw OwnerLockError(path: file.path, number: errno) }
        number &+= 1
        // Before anybody can take the next number, and wait for this one.
        try file.lock(Self.byte(of: number))
        guard pwrite(file.descriptor, &number, 8, 0) == 8 else {
            file.unlock(Self.byte(of: number))
            throw OwnerLockError(path: file.path, number: errno)
        }
        return number
    }

    private func wait(for byte: Int64, of file: LockFile) {
        guard !file.lockAtOnce(byte) else { return file.unlock(byte) }
        let isFree = DispatchSemaphore(value: 0)
        // On a thread of its own, which may go on waiting when this one has lost its patience.
        DispatchQueue(label: "volumectl.turn")
            .async {
                try? file.lock(byte)
                file.unlock(byte)
                isFree.signal()
            }
        _ = isFree.wait(timeout: .now() + .seconds(Self.patience))
    }

    private static func byte(of number: UInt64) -> Int64 { openingByte + 1024 + Int64(number % (1 << 40)) }

    private static let counterByte = openingByte + 1
    /// In seconds.
    private static let patience = 30
}
