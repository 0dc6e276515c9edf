import CLinux
import Glibc
import VolumeDriver

/// An open device or file.
final class OpenDevice: Sendable {
    private let descriptor: CInt
    private let action: String

    /// - Parameter action: the purpose, for errors.
    init(_ path: String, _ flags: CInt, to action: String) throws(DriverError) {
        descriptor = open(path, flags | O_CLOEXEC, 0o600)
        self.action = action
        guard descriptor >= 0 else { throw DriverError(systemCall: errno, "cannot \(action)") }
    }

    deinit { close(descriptor) }

    /// Returns its length in bytes.
    func length() throws(DriverError) -> Int64 {
        let end = lseek(descriptor, 0, SEEK_END)
        guard end >= 0 else { throw DriverError(systemCall: errno, "cannot \(action)") }
        return Int64(end)
    }

    /// Whether the range holds what the other one holds there, followed by zeros.
    func isEqual(_ other: OpenDevice, in range: Range<Int64>) throws(DriverError) -> Bool {
        try FileComparison.difference(descriptor, other.descriptor, in: range, isPadded: true, to: action) == nil
    }

    /// Makes the range read as zeros, by discarding it if the device can do that reliably, otherwise by writing.
    func zero(_ range: Range<Int64>) throws(DriverError) {
        let modes = [FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE]
        for mode in modes {
            if fallocate(descriptor, mode, off_t(range.lowerBound), off_t(range.count)) == 0 { return }
            // The kernel refuses this for devices that can't guarantee zeros after a discard.
            guard [EOPNOTSUPP, EINVAL].contains(errno) else { throw DriverError(systemCall: errno, "cannot \(action)") }
        }
        try writeAll([UInt8](repeating: 0, count: range.count)[...], at: range.lowerBound)
    }

    /// Reads `count` bytes at `offset`. Reading past the end is an error.
    func read(at offset: Int64, count: Int) throws(DriverError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let read = bytes.withUnsafeMutableBytes { buffer in
                pread(descriptor, buffer.baseAddress.map { $0 + done }, count - done, off_t(offset) + off_t(done))
            }
            if read < 0, errno == EINTR { continue }
            guard read >= 0 else { throw DriverError(systemCall: errno, "cannot \(action)") }
            guard read > 0 else {
                throw DriverError(.broken, "cannot \(action): it ends at \(offset + Int64(done)) bytes")
            }
            done += read
        }
        return bytes
    }

    /// Writes `bytes` at `offset`, except blocks of zeros where the target reads as zeros already, so that they take no
    /// space there.
    ///
    /// - Parameter isNew: whether the target reads as zeros everywhere.
    func write(_ bytes: [UInt8], at offset: Int64, isNew: Bool) throws(DriverError) {
        let block = 1 << 16
        var start = 0
        while start < bytes.count {
            let piece = bytes[start..<min(bytes.count, start + block)]
            let place = offset + Int64(start)
            var isThere = piece.isZero
            if isThere, !isNew { isThere = try read(at: place, count: piece.count)[...].isZero }
            if !isThere { try writeAll(piece, at: place) }
            start = piece.endIndex
        }
    }

    /// Sets the length of a file.
    func truncate(to length: Int64) throws(DriverError) {
        guard ftruncate(descriptor, off_t(length)) == 0 else {
            throw DriverError(systemCall: errno, "cannot \(action)")
        }
    }

    /// Waits until all written data is durable.
    func synchronise() throws(DriverError) {
        guard fsync(descriptor) == 0 else { throw DriverError(systemCall: errno, "cannot \(action)") }
    }

    private func writeAll(_ bytes: ArraySlice<UInt8>, at offset: Int64) throws(DriverError) {
        var done = 0
        while done < bytes.count {
            let written = bytes.withUnsafeBytes { buffer in
                pwrite(
                    descriptor,
                    buffer.baseAddress.map { $0 + done },
                    buffer.count - done,
                    off_t(offset) + off_t(done)
                )
            }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { throw DriverError(systemCall: errno, "cannot \(action)") }
            done += written
        }
    }
}

extension ArraySlice<UInt8> {
    fileprivate var isZero: Bool {
        withUnsafeBytes { buffer in
            guard let first = buffer.first, let start = buffer.baseAddress else { return true }
            // Each byte equals its neighbour.
            return first == 0 && memcmp(start, start + 1, buffer.count - 1) == 0
        }
    }
}

extension DriverError {
    /// Makes an error from the number of a system error.
    init(systemCall number: CInt, _ message: String) {
        let code: Code =
            switch number {
            case ENOSPC, EDQUOT: .retryableElsewhere
            case EBUSY: .busy
            case ENOENT: .notFound
            default: .broken
            }
        let remedy: String? =
            switch number {
            case EACCES, EPERM: "run it as root"
            case ENOSPC: "free space, or extend the thin pool: `lvextend`"
            default: nil
            }
        self.init(code, message, cause: String(cString: strerror(number)), remedy: remedy)
    }
}
