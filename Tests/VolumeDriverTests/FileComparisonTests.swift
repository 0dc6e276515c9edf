import Foundation
import TestKit
import Testing
import VolumeDriver

@Suite(.scratchDirectory)
struct FileComparisonTests {
    private let mebibyte = 1 << 20

    /// Makes a file with `bytes` at offsets, and holes elsewhere.
    private func file(_ name: String, _ size: Int, _ bytes: [Int: UInt8] = [:]) throws -> String {
        let path = ScratchDirectory.path + "/" + name
        _ = FileManager.default.createFile(atPath: path, contents: nil)
        let file = try #require(FileHandle(forUpdatingAtPath: path))
        try file.truncate(atOffset: UInt64(size))
        for (offset, byte) in bytes {
            try file.seek(toOffset: UInt64(offset))
            try file.write(contentsOf: Data([byte]))
        }
        try file.close()
        return path
    }

    @Test func `files are equal if their bytes are, wherever their holes are`() throws {
        let first = try file("first", 5 * mebibyte + 1, [0: 1, 3 * mebibyte: 0, 5 * mebibyte: 7])
        let second = try file("second", 5 * mebibyte + 1, [0: 1, mebibyte: 0, 5 * mebibyte: 7])
        #expect(try FileComparison.difference(first, second) == nil)
    }

    @Test(arguments: [0, 1 << 20, (3 << 20) - 1, 5 << 20])
    func `a single other byte is found`(offset: Int) throws {
        let first = try file("first", 5 * mebibyte + 1, [2 * mebibyte: 1])
        let second = try file("second", 5 * mebibyte + 1, [2 * mebibyte: 1, offset: 9])
        let found = try FileComparison.difference(first, second)
        let bytes = try #require(found).bytes
        #expect(bytes <= offset && offset < bytes + Int64(mebibyte))
        #expect(try FileComparison.difference(second, first) == found)
    }

    @Test func `a file of another length differs, unless zeros after the shorter one are allowed`() throws {
        let short = try file("short", 70_000, [69_999: 1])
        let long = try file("long", 3 * mebibyte, [69_999: 1])
        let longer = try file("longer", 3 * mebibyte, [69_999: 1, 2 * mebibyte: 1])
        #expect(try FileComparison.difference(long, short)?.bytes == 70_000)
        #expect(try padded(long, short) == nil)
        #expect(try padded(longer, short)?.bytes == 2 << 20)
        #expect(try padded(short, long)?.bytes == 70_000)
        #expect(try padded(longer, short, in: 0..<Int64(2 * mebibyte)) == nil)
    }

    @Test func `a comparison ends when it is cancelled, and names a file that is not there`() async throws {
        let path = try file("file", 10, [0: 1])
        let comparison = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try FileComparison.difference(path, path)
        }
        let cancelled = await #expect(throws: DriverError.self) { try await comparison.value }
        #expect(cancelled?.code == .cancelled)
        let missing = #expect(throws: DriverError.self) { try FileComparison.difference(path, path + "x") }
        #expect(missing?.message.contains("'\(path)x'") == true)
    }

    private func padded(_ first: String, _ second: String, in range: Range<Int64>? = nil) throws -> ByteCount? {
        let (file, other) = (
            try #require(FileHandle(forReadingAtPath: first)), try #require(FileHandle(forReadingAtPath: second))
        )
        return try FileComparison.difference(
            file.fileDescriptor,
            other.fileDescriptor,
            in: range,
            isPadded: true,
            to: "compare"
        )
    }
}
