import Glibc
import Threads
import VolumeDriver

/// The operations of the driver on the bytes of devices. Tests have an implementation that records them.
protocol BlockDevices: Sendable {
    /// Makes the bytes in `range` of the device read as zeros, durably.
    ///
    /// - Parameter isStillMeant: is asked after the device has been opened, which keeps others from removing it; if it
    ///   returns `false`, nothing is written.
    func zero(
        _ device: String,
        _ range: Range<Int64>,
        limit: ByteCount?,
        isStillMeant: @Sendable () async throws(DriverError) -> Bool
    ) async throws(DriverError)

    /// Copies the first `count` bytes of `source` to `target`, and makes the target read as zeros from there to `end`.
    func copy(_ copy: BlockCopy, options: TransferOptions) async throws(DriverError)

    /// Whether the device holds the content of the file, followed by zeros.
    func isEqual(_ device: String, to file: String) async throws(DriverError) -> Bool
}

/// A copy from one device or file to another.
struct BlockCopy: Sendable, Hashable {
    let source: String
    let target: String
    /// The number of bytes to copy from the source.
    let count: Int64
    /// The end of the zeros after them in the target.
    let end: Int64
    /// Whether the target is a file to be created.
    var makesFile = false
}

/// The devices of this system.
struct SystemBlockDevices: BlockDevices {
    private static let chunk: Int64 = 16 << 20

    func zero(
        _ device: String,
        _ range: Range<Int64>,
        limit: ByteCount?,
        isStillMeant: @Sendable () async throws(DriverError) -> Bool
    ) async throws(DriverError) {
        let action = "clear '\(device)'"
        let file = try await opened(device, O_RDWR, to: action)
        guard try await isStillMeant() else { return }
        var pace = Pace(limit: limit)
        // Small steps if there is a rate limit, to avoid bursts.
        let step = limit.map { min(Self.chunk, max($0.bytes / 4, 1 << 20)) } ?? Self.chunk
        var start = range.lowerBound
        while start < range.upperBound {
            try DriverError.checkCancellation(of: action)
            let piece = start..<min(range.upperBound, start + step)
            try await BlockingExecutor.shared.run { () throws(DriverError) in try file.zero(piece) }
            await pace.wait(after: Int64(piece.count))
            start = piece.upperBound
        }
        try await BlockingExecutor.shared.run { () throws(DriverError) in try file.synchronise() }
    }

    func copy(_ copy: BlockCopy, options: TransferOptions) async throws(DriverError) {
        let action = "copy '\(copy.source)' to '\(copy.target)'"
        let source = try await opened(copy.source, O_RDONLY, to: action)
        let flags = copy.makesFile ? O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW : O_RDWR
        let target = try await opened(copy.target, flags, to: action)
        let total = ByteCount(bytes: copy.end) ?? .zero
        let meter = ProgressMeter(options)
        var pace = Pace(limit: options.bytesPerSecond)
        var offset: Int64 = 0
        while offset < copy.end {
            try DriverError.checkCancellation(of: action)
            let piece = offset..<min(copy.end, offset + (4 << 20))
            let readable = max(0, min(copy.count - offset, Int64(piece.count)))
            try await BlockingExecutor.shared.run { () throws(DriverError) in
                let bytes = try source.read(at: piece.lowerBound, count: Int(readable))
                let zeros = [UInt8](repeating: 0, count: piece.count - bytes.count)
                try target.write(bytes + zeros, at: piece.lowerBound, isNew: copy.makesFile)
            }
            offset = piece.upperBound
            await pace.wait(after: Int64(piece.count))
            meter.advance(to: ByteCount(bytes: offset) ?? .zero, of: total)
        }
        try await BlockingExecutor.shared.run { () throws(DriverError) in
            if copy.makesFile { try target.truncate(to: copy.end) }
            try target.synchronise()
        }
        meter.finish(total)
    }

    func isEqual(_ device: String, to file: String) async throws(DriverError) -> Bool {
        let action = "compare '\(device)' with '\(file)'"
        let first = try await opened(device, O_RDONLY, to: action)
        let second = try await opened(file, O_RDONLY, to: action)
        let length = try first.length()
        var offset: Int64 = 0
        while offset < length {
            try DriverError.checkCancellation(of: action)
            let piece = offset..<min(length, offset + Self.chunk)
            let isEqual = try await BlockingExecutor.shared.run { () throws(DriverError) in
                try first.isEqual(second, in: piece)
            }
            guard isEqual else { return false }
            offset = piece.upperBound
        }
        return true
    }

    /// Opens a device or file, which may wait for a disk.
    private func opened(_ path: String, _ flags: CInt, to action: String) async throws(DriverError) -> OpenDevice {
        try await BlockingExecutor.shared.run { () throws(DriverError) in try OpenDevice(path, flags, to: action) }
    }
}

/// Limits the average rate of a transfer.
private struct Pace {
    let limit: ByteCount?
    private let start = ContinuousClock.now
    private var bytes: Int64 = 0

    init(limit: ByteCount?) { self.limit = limit }

    mutating func wait(after count: Int64) async {
        bytes += count
        guard let limit, limit > .zero else { return }
        let due = start + .seconds(Double(bytes) / Double(limit.bytes))
        try? await Task.sleep(until: due, clock: .continuous)
    }
}
