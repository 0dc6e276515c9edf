internal import Glibc
public import VolumeDriver

/// Compares the contents of two files. Regions that are holes in both are skipped.
public struct FileComparison {
    private static let chunk = 1 << 20

    /// The offset of the first chunk of 1 MiB that differs; `nil` if the files have the same content.
    ///
    /// - Throws: `broken` if a file can't be read; `cancelled`.
    public static func difference(_ first: String, _ second: String) throws(DriverError) -> ByteCount? {
        let files = [try File(first), try File(second)]
        guard files[0].size == files[1].size else {
            return ByteCount(bytes: Int64(min(files[0].size, files[1].size)))
        }
        var buffers = files.map { _ in [UInt8](repeating: 0, count: chunk) }
        var offset = 0
        while true {
            try DriverError.checkCancellation(of: "compare '\(first)' with '\(second)'")
            offset = min(files[0].data(after: offset), files[1].data(after: offset))
            guard offset < files[0].size else { return nil }
            let count = min(chunk, files[0].size - offset)
            for (index, file) in files.enumerated() { try file.read(&buffers[index], count, at: offset) }
            guard buffers[0].prefix(count) == buffers[1].prefix(count) else { return ByteCount(bytes: Int64(offset)) }
            offset += count
        }
    }

    private final class File {
        let path: String
        let descriptor: Int32
        let size: Int

        init(_ path: String) throws(DriverError) {
            self.path = path
            descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
            var status = stat()
            guard descriptor >= 0, fstat(descriptor, &status) == 0 else {
                throw DriverError(.broken, "cannot read '\(path)'", cause: String(cString: strerror(errno)))
            }
            size = Int(status.st_size)
        }

        deinit { if descriptor >= 0 { close(descriptor) } }

        /// The next offset from `offset` on that is in no hole; the size if only a hole follows.
        func data(after offset: Int) -> Int {
            // SEEK_DATA
            let found = lseek(descriptor, off_t(offset), 3)
            if found >= 0 { return Int(found) }
            // A file system that does not know holes has data everywhere.
            return errno == ENXIO ? size : offset
        }

        func read(_ buffer: inout [UInt8], _ count: Int, at offset: Int) throws(DriverError) {
            var done = 0
            while done < count {
                let result = buffer.withUnsafeMutableBytes { bytes in
                    pread(descriptor, bytes.baseAddress.map { $0 + done }, count - done, off_t(offset + done))
                }
                guard result > 0 || result < 0 && errno == EINTR else {
                    let cause = result == 0 ? "it ends early" : String(cString: strerror(errno))
                    throw DriverError(.broken, "cannot read '\(path)'", cause: cause)
                }
                done += max(0, result)
            }
        }
    }
}
