internal import Glibc
internal import RuleKit
internal import VolumeDriver

extension Bench {
    /// Returns a way to read and write volumes; skips the rule if there is none.
    private func access() async throws -> any ContentAccess {
        if let content = subject.content { return content }
        if !driver.features.isDisjoint(with: [.attach, .image]) {
            return OfferedContent(directory: subject.scratchDirectory)
        }
        throw Skip("volumes can't be read and written: the driver supports neither attach nor image")
    }

    /// Writes the pattern of `seed`.
    func write(
        _ seed: UInt8,
        to volume: VolumeID,
        at offset: ByteCount = .zero,
        count: Int = Pattern.usualCount
    ) async throws {
        let access = try await access()
        try await access.write(pattern(seed, count), at: offset.bytes, to: volume, of: driver)
    }

    /// Expects the pattern at the place to which it was written.
    func expect(
        _ seed: UInt8,
        in volume: VolumeID,
        at offset: ByteCount = .zero,
        count: Int = Pattern.usualCount,
        _ when: String
    ) async throws {
        let access = try await access()
        let bytes = try await access.read(count, at: offset.bytes, of: volume, of: driver)
        try expect(bytes == pattern(seed, count), "\(when), the volume does not hold what was written to it")
    }

    /// Expects zeros in the range.
    func expectZeros(in volume: VolumeID, from start: ByteCount = .zero, to end: ByteCount, _ when: String) async throws
    {
        let access = try await access()
        let count = Int(end.bytes - start.bytes)
        let bytes = try await access.read(count, at: start.bytes, of: volume, of: driver)
        try expect(bytes.count == count, "\(when), only \(bytes.count) of \(count) bytes can be read")
        // Comparing each byte with the one before it is fast.
        let areEqual = bytes.withUnsafeBytes { buffer in
            guard let start = buffer.baseAddress, count > 1 else { return true }
            return memcmp(start, start + 1, count - 1) == 0
        }
        if areEqual, bytes.first ?? 0 == 0 { return }
        let place = bytes.firstIndex { $0 != 0 } ?? 0
        throw Breach("\(when), byte \(start.bytes + Int64(place)) is not zero")
    }

    func pattern(_ seed: UInt8, _ count: Int) -> [UInt8] { Pattern.bytes(seed, count) }
}

/// Patterns that identify what was written.
enum Pattern {
    /// The usual number of bytes to write.
    static let usualCount = 65536

    /// Blocks of 4 KiB that are specific to `seed`.
    static func bytes(_ seed: UInt8, _ count: Int) -> [UInt8] {
        var generator = SplitMix64(seed: UInt64(seed) + 1)
        let block = (0..<4096).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        while bytes.count < count { bytes += block.prefix(count - bytes.count) }
        return bytes
    }
}
