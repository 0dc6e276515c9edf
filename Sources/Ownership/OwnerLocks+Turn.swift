internal import Dispatch
internal import Glibc

/// A turn in the queue of processes that write.
package final class Turn: Sendable {
    private let file: LockFile?
    private let byte: Int64

    fileprivate init(file: LockFile?, byte: Int64) {
        self.file = file
        self.byte = byte
    }

    /// Ends the turn, so that the next process can continue.
    package func end() {
        file?.unlock(byte)
    }
}

extension OwnerLocks {
    /// Waits until the processes that asked before have ended their turns or died.
    ///
    /// Each process takes a number from the last of the files, locks that number's byte, and waits for the byte of the
    /// number before. The queue only makes the order fair: if it fails, or the wait takes too long, the turn begins
    /// nevertheless, and the database's own lock decides.
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
        // Locked before another process can take the next number and wait for this one.
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
        // On a thread of its own, which may continue to wait after this one has given up.
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
    /// The longest wait for the process before, in seconds.
    private static let patience = 30
}
