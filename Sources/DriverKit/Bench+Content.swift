internal import Glibc
internal import RuleKit
internal import VolumeDriver

extension Bench {
    /// How volumes' bytes are read and written; skips the rule where there is no way.
    private func access() async throws -> any ContentAccess {
        if let content = subject.content { return content }
        if !driver.features.isDisjoint(with: [.attach, .image]) {
            return OfferedContent(directory: subject.scratchDirectory)
        }
        throw Skip("there is no way to read and write volumes: neither attach nor image is offered")
    }

    /// Writes a pattern that only `seed` gives.
    func write(
        _ seed: UInt8,
        to volume: VolumeID,
        at offset: ByteCount = .zero,
        count: Int = Pattern.usualCount
    ) async throws {
        let access = try await access()
        try await access.write(pattern(seed, count), at: offset.bytes, to: volume, of: driver)
    }

    /// The pattern has to be where it was written.
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

    /// The range has to read as zeros.
    func expectZeros(in volume: VolumeID, from start: ByteCount = .zero, to end: ByteCount, _ when: String) async throws
    {
        let access = try await access()
        let count = Int(end.bytes - start.bytes)
        let bytes = try await access.read(count, at: start.bytes, of: volume, of: driver)
        try expect(bytes.count == count, "\(when), only \(bytes.count) of \(count) bytes can be read")
        // Each byte is compared with the one before it, which is fast.
        let areEqual = bytes.withUnsafeBytes { buffer in
            guard let start = buffer.baseAddress, count > 1 else { return true }
            return memcmp(start, start + 1, count - 1) == 0
        }
        if areEqual, bytes.first ?? 0 == 0 { return }
        let place = bytes.firstIndex { $0 != 0 } ?? 0
        throw Breach("\(when), byte \(start.bytes + Int64(place)) is not zero")
    }

    /// What `write` writes.
    func pattern(_ seed: UInt8, _ count: Int) -> [UInt8] { Pattern.bytes(seed, count) }
}

/// Bytes by which what was written is told from all else.
enum Pattern {
    /// How much of a volume is usually written to.
    static let usualCount = 65536

    /// Blocks of 4 KiB that only `seed` gives.
    static func bytes(_ seed: UInt8, _ count: Int) -> [UInt8] {
        var generator = SplitMix64(seed: UInt64(seed) + 1)
        let block = (0..<4096).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        while bytes.count < count { bytes += block.prefix(count - bytes.count) }
        return bytes
    }
}
