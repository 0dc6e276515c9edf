internal import Glibc

/// Compares the contents of two files or devices. Regions that are holes in both are not read.
package enum FileComparison {
    private static let chunk: Int64 = 1 << 20

    /// The offset of the first chunk of 1 MiB that differs; `nil` if the files have the same content and length.
    ///
    /// - Throws: `broken` if a file can't be read; `cancelled`.
    package static func difference(_ first: String, _ second: String) throws(DriverError) -> ByteCount? {
        let action = "compare '\(first)' with '\(second)'"
        let (file, other) = (try opened(first, action), try opened(second, action))
        defer {
            close(file)
            close(other)
        }
        return try difference(file, other, to: action)
    }

    /// The offset of the first chunk of 1 MiB that differs; `nil` if the files have the same content.
    ///
    /// - Parameters:
    ///   - file: an open file or device.
    ///   - other: another one, which ends where `file` does.
    ///   - range: the part to compare; `nil` for all.
    ///   - isPadded: whether `other` may be shorter, with zeros in `file` from there on.
    ///   - action: what the comparison is for, as the words after "cannot" in errors.
    /// - Throws: `broken` if one of them can't be read; `cancelled`.
    package static func difference(
        _ file: CInt,
        _ other: CInt,
        in range: Range<Int64>? = nil,
        isPadded: Bool = false,
        to action: String
    ) throws(DriverError) -> ByteCount? {
        let (file, other) = (try Side(file, action), try Side(other, action))
        guard other.size == file.size || isPadded && other.size < file.size else {
            return ByteCount(bytes: min(file.size, other.size))
        }
        var buffers = ([UInt8](repeating: 0, count: Int(chunk)), [UInt8](repeating: 0, count: Int(chunk)))
        var offset = range?.lowerBound ?? 0
        let end = min(file.size, range?.upperBound ?? .max)
        while true {
            try DriverError.checkCancellation(of: action)
            offset = min(file.data(after: offset), other.data(after: offset))
            guard offset < end else { return nil }
            let count = Int(min(chunk, end - offset))
            try file.read(&buffers.0, count, at: offset)
            try other.read(&buffers.1, count, at: offset)
            guard buffers.0.withUnsafeBytes({ first in buffers.1.withUnsafeBytes { first.isEqual($0, count) } }) else {
                return ByteCount(bytes: offset)
            }
            offset += Int64(count)
        }
    }

    private static func opened(_ path: String, _ action: String) throws(DriverError) -> CInt {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else {
            throw DriverError(.broken, "cannot \(action): '\(path)' can't be opened", cause: lastSystemError)
        }
        return descriptor
    }

    private static var lastSystemError: String { String(cString: strerror(errno)) }

    private struct Side {
        let descriptor: CInt
        let size: Int64
        let action: String

        init(_ descriptor: CInt, _ action: String) throws(DriverError) {
            self.descriptor = descriptor
            self.action = action
            // Devices have no length in `stat`.
            size = Int64(lseek(descriptor, 0, SEEK_END))
            guard size >= 0 else { throw DriverError(.broken, "cannot \(action)", cause: lastSystemError) }
        }

        /// The next offset from `offset` on that is in no hole; beyond all files if there is only a hole.
        func data(after offset: Int64) -> Int64 {
            guard offset < size else { return .max }
            // SEEK_DATA
            let found = lseek(descriptor, off_t(offset), 3)
            if found >= 0 { return Int64(found) }
            // A device, or a file system that does not know holes, has data everywhere.
            return errno == ENXIO ? .max : offset
        }

        /// Reads `count` bytes, which are zeros from the end of the file on.
        func read(_ buffer: inout [UInt8], _ count: Int, at offset: Int64) throws(DriverError) {
            let length = Int(max(0, min(Int64(count), size - offset)))
            var done = 0
            while done < length {
                let result = buffer.withUnsafeMutableBytes { bytes in
                    pread(descriptor, bytes.baseAddress.map { $0 + done }, length - done, off_t(offset) + done)
                }
                guard result > 0 || result < 0 && errno == EINTR else {
                    let cause = result == 0 ? "a file ends early" : lastSystemError
                    throw DriverError(.broken, "cannot \(action)", cause: cause)
                }
                done += max(0, result)
            }
            for index in length..<count { buffer[index] = 0 }
        }
    }
}

extension UnsafeRawBufferPointer {
    /// Whether the first `count` bytes are equal.
    fileprivate func isEqual(_ other: UnsafeRawBufferPointer, _ count: Int) -> Bool {
        guard let start = baseAddress, let otherStart = other.baseAddress else { return count == 0 }
        return memcmp(start, otherStart, count) == 0
    }
}
