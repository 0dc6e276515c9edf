import CLinux
import Glibc
import SystemPackage
import VolumeDriver

/// Copies a file: by sharing blocks if the file system can, otherwise with its holes.
struct FileCopy {
    /// Whether blocks may be shared, in which case the copy has no space of its own.
    var isSharing: Bool
    var pace: Pace

    /// Large enough for the kernel's pipeline, and small enough for prompt cancellation.
    private static let pieceSize: Int64 = 16 << 20
    /// How far ahead of the copy the kernel is asked to read.
    private static let readAhead: Int64 = 16 << 20

    /// Copies the first `length` bytes to an empty file, keeping holes.
    ///
    /// - Returns: `false` if it was cancelled.
    mutating func copy(
        _ source: borrowing OpenFile,
        to target: borrowing OpenFile,
        length: Int64
    ) throws(Errno) -> Bool {
        if isSharing, !pace.isLimited, try share(source, with: target, length: length) {
            pace.advance(to: length)
            return true
        }
        var offset: Int64 = 0
        var announced: Int64 = 0
        while let data = try source.nextData(from: offset, before: length) {
            offset = data.lowerBound
            while offset < data.upperBound {
                if pace.isCancelled { return false }
                let count = min(data.upperBound - offset, pace.pieceSize(atMost: Self.pieceSize))
                let end = min(offset + count + Self.readAhead, length)
                try source.beginToRead(from: max(announced, offset), to: end)
                announced = end
                try source.copyRange(to: target, at: offset, count: count)
                target.beginToWrite(at: offset, count: count)
                offset += count
                pace.advance(to: offset, written: count)
            }
        }
        pace.advance(to: length)
        return !pace.isCancelled
    }

    /// Whether files in a directory can share blocks, which is tried with two files without names.
    static func canShare(in directory: borrowing OpenFile) throws(Errno) -> Bool {
        let unnamed = FileDescriptor.OpenOptions(rawValue: clinux_o_tmpfile | O_DIRECTORY)
        do throws(Errno) {
            let source = try directory.open(".", .readWrite, unnamed)
            let target = try directory.open(".", .readWrite, unnamed)
            try source.write([UInt8](repeating: 1, count: 4096), at: 0)
            _ = try systemCall { ioctl(target.descriptor.rawValue, clinux_ficlone, source.descriptor.rawValue) }
            return true
        } catch {
            guard Self.refusals.contains(error) else { throw error }
            return false
        }
    }

    /// How file systems refuse to share blocks, or to make files without names.
    private static let refusals: [Errno] = [
        .notSupported, .improperLink, .invalidArgument, .inappropriateIOCTLForDevice, .isDirectory, .noFunction,
    ]

    /// Returns `false` if the file system can't share blocks.
    private func share(
        _ source: borrowing OpenFile,
        with target: borrowing OpenFile,
        length: Int64
    ) throws(Errno) -> Bool {
        do throws(Errno) {
            _ = try systemCall { ioctl(target.descriptor.rawValue, clinux_ficlone, source.descriptor.rawValue) }
        } catch {
            let cannot: [Errno] = [.notSupported, .improperLink, .invalidArgument, .inappropriateIOCTLForDevice]
            if cannot.contains(error) { return false }
            throw error
        }
        try target.resize(to: length)
        return true
    }
}

extension OpenFile {
    /// Returns the next range from `offset` that is not a hole; `nil` if there is none before `end`.
    func nextData(from offset: Int64, before end: Int64) throws(Errno) -> Range<Int64>? {
        guard offset < end else { return nil }
        do throws(Errno) {
            let start = Int64(try systemCall { lseek(descriptor.rawValue, off_t(offset), clinux_seek_data) })
            guard start < end else { return nil }
            let stop = Int64(try systemCall { lseek(descriptor.rawValue, off_t(start), clinux_seek_hole) })
            return start..<min(stop, end)
        } catch {
            switch error {
            case .noSuchAddressOrDevice: return nil
            // The file system does not support holes.
            case .invalidArgument: return offset..<end
            default: throw error
            }
        }
    }

    fileprivate func copyRange(to target: borrowing OpenFile, at offset: Int64, count: Int64) throws(Errno) {
        var done: Int64 = 0
        while done < count {
            var (from, to) = (off_t(offset + done), off_t(offset + done))
            let rest = Int(count - done)
            let more: Int
            do throws(Errno) {
                more = try systemCall {
                    copy_file_range(descriptor.rawValue, &from, target.descriptor.rawValue, &to, rest, 0)
                }
            } catch {
                let cannot: [Errno] = [.notSupported, .improperLink, .invalidArgument, .noFunction]
                guard cannot.contains(error) else { throw error }
                return try copyBytes(to: target, at: offset + done, count: count - done)
            }
            if more == 0 { return }
            done += Int64(more)
        }
    }

    /// Starts reading data from the disk while something else is copied.
    fileprivate func beginToRead(from start: Int64, to end: Int64) throws(Errno) {
        var offset = start
        while let data = try nextData(from: offset, before: end) {
            _ = posix_fadvise(descriptor.rawValue, off_t(data.lowerBound), off_t(data.count), POSIX_FADV_WILLNEED)
            offset = data.upperBound
        }
    }

    /// Starts writing the copied data to the disk while the next is read.
    fileprivate func beginToWrite(at offset: Int64, count: Int64) {
        // This is a hint. Whoever needs durable data synchronizes the file later, and gets the error then.
        _ = sync_file_range(descriptor.rawValue, off_t(offset), off_t(count), clinux_sync_file_range_write)
    }

    /// For two file systems between which the kernel can't copy.
    private func copyBytes(to target: borrowing OpenFile, at offset: Int64, count: Int64) throws(Errno) {
        var done: Int64 = 0
        while done < count {
            let bytes = try read(Int(min(count - done, 1 << 20)), at: offset + done)
            if bytes.isEmpty { return }
            try target.write(bytes, at: offset + done)
            done += Int64(bytes.count)
        }
    }
}

/// The rate limit, progress and cancellation of a transfer.
struct Pace {
    private let options: TransferOptions
    private let total: ByteCount
    private let meter: ProgressMeter
    private let start = ContinuousClock.now
    private var written: Int64 = 0

    /// - Parameter total: the amount to transfer, in bytes.
    init(_ options: TransferOptions, total: Int64) {
        self.options = options
        self.total = ByteCount(bytes: total) ?? .zero
        meter = ProgressMeter(options)
    }

    var isCancelled: Bool { Task.isCancelled }
    var isLimited: Bool { options.bytesPerSecond != nil }

    /// At most what may be transferred in a tenth of a second.
    func pieceSize(atMost limit: Int64) -> Int64 {
        guard let rate = options.bytesPerSecond else { return limit }
        return min(limit, max(4096, rate.bytes / 10))
    }

    /// Reports the progress, and waits to keep the rate.
    mutating func advance(to offset: Int64, written count: Int64 = 0) {
        written += count
        if let rate = options.bytesPerSecond, rate > .zero {
            let due = start + .seconds(Double(written) / Double(rate.bytes))
            while !isCancelled, ContinuousClock.now < due {
                usleep(UInt32(min(50_000, max(1, (due - .now) / .microseconds(1)))))
            }
        }
        if isCancelled { return }
        if offset >= total.bytes { return meter.finish(total) }
        meter.advance(to: ByteCount(bytes: offset) ?? .zero, of: total)
    }
}
