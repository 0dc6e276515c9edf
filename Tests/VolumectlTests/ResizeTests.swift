import TestKit
import Testing

@Suite(.scratchDirectory)
struct ResizeTests {
    @Test func `a volume is resized to a size or by an amount, and what it is now is printed`() async throws {
        try await volumectl("create", "data", "1M")
        let run = try await volumectl("resize", "data", "2M")
        expect(0, from: run)
        #expect(try run.line.hasPrefix("data  2 MiB (2097152 bytes)  pool default  available  ("))
        let volume: VolumeRecord = try await volumectl("resize", "data", "+1M", "-o", "json").json()
        #expect(volume.sizeBytes == 3 << 20 && volume.status == "available")
        #expect(try await volumectl("volume", "resize", "data", "4M", "-q").line == volume.id)
    }

    @Test func `to ask for the size that a volume has is no error`() async throws {
        try await volumectl("create", "data", "1M")
        let run = try await volumectl("resize", "data", "1M")
        expect(0, from: run)
        #expect(try run.line == "data  1 MiB (1048576 bytes)  pool default  available")
        #expect(run.notes == ["note: volume \"data\" has this size already"])
    }

    @Test(arguments: [
        ("1K", Int32(64)), ("max", 64), ("50%free", 64), ("0", 64), ("ten", 64), ("-1", 64), ("+0", 64), ("900P", 6),
    ])
    func `a size that can't be had is refused, and what is advised is accepted`(size: String, status: Int32)
        async throws
    {
        try await volumectl("create", "data", "1M")
        let run = try await volumectl("resize", "data", "--", size)
        expect(status, from: run)
        let volume: VolumeRecord = try await volumectl("show", "data", "-o", "json").json()
        #expect(volume.sizeBytes == 1 << 20 && volume.status == "available")
        try await expectAccepted(run.error.remedies)
    }

    @Test func `an extension that is not waited for goes on by itself`() async throws {
        try await volumectl("create", "data", "1M")
        let flow = try await volumectl("resize", "data", "2M", "--no-wait", "-q").line
        expect(0, from: try await volumectl("flow", "wait", flow))
        let volume: VolumeRecord = try await volumectl("show", "data", "-o", "json").json()
        #expect(volume.sizeBytes == 2 << 20)
    }
}
