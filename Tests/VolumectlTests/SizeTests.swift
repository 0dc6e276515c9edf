import Foundation
import TestKit
import Testing

@Suite(.scratchDirectory)
struct SizeTests {
    private static let gibibyte: Int64 = 1 << 30

    private static let accepted: [(String, Int64)] = [
        ("10", 10 * gibibyte), ("10G", 10 * gibibyte), ("10g", 10 * gibibyte), ("10Gi", 10 * gibibyte),
        ("10GiB", 10 * gibibyte), ("10GB", 10_000_003_072), ("512M", 512 << 20), ("1.5T", 3 << 39), ("4096b", 4096),
        ("8s", 4096), ("1b", 4096),
    ]

    private static let refused = [
        "-1", "0", "10X", "1e3", "10 G", "10GiBs", "9223372036854775808b", "8E", "", "0x10", "101%free",
        "0%free",
        "50%", "1.5b", "NaN", "١٠", "max max",
    ]

    @Test(arguments: accepted)
    func `a size means what the table says, as an option and after the name`(size: String, bytes: Int64) async throws {
        // Larger than this machine's disk may be.
        let roomy = ["VOLUMECTL_POOLS_DEFAULT_OVER_SUBSCRIPTION_RATIO": "1000000"]
        for arguments in [["create", "--size", size], ["create", "named", size], ["create", "-s", size]] {
            let volume: VolumeRecord = try await volumectl(arguments + ["-o", "json"], with: roomy).json()
            #expect(volume.sizeBytes == bytes)
            #expect(try Scratch.size(of: #require(volume.location)) == bytes)
        }
    }

    @Test(arguments: refused)
    func `an invalid size is refused with the accepted forms in one line`(size: String) async throws {
        for arguments in [["create", "--size", size], ["create", "named", size]] {
            let run = try await volumectl(arguments)
            expect(64, from: run)
            _ = try run.error
            #expect(run.notes.contains { $0.contains("10G, 1.5T, 512M") && $0.contains("50%free") }, "\(run)")
        }
        #expect(!Scratch.exists(Scratch.state))
    }

    @Test func `the exact size is printed`() async throws {
        let run = try await volumectl("create", "--size", "10")
        expect(0, from: run)
        #expect(try run.line.contains("  10 GiB (10737418240 bytes)  pool default  available  "))
        #expect(!run.errors.contains("rounded"))
    }

    @Test func `a size is rounded up to whole allocation units, with a note`() async throws {
        for attempt in ["made", "found"] {
            let run = try await volumectl("create", "odd", "10GB")
            expect(0, from: run)
            #expect(
                run.notes.contains { $0.hasPrefix("note: rounded up from 10000000000 to 10000003072 bytes") },
                "\(attempt)"
            )
            #expect(try run.line.contains("(10000003072 bytes)"))
        }
    }

    @Test(arguments: [("max", 0.8...1.2), ("50%free", 0.4...0.6), ("1%free", 0.005...0.015)])
    func `a share of the free space becomes a number`(size: String, share: ClosedRange<Double>) async throws {
        let pools: [PoolRecord] = try await volumectl("pool", "ls", "-o", "json").json()
        let free = Double(try #require(pools.first?.freeBytes))
        // Other programs use the disk meanwhile, so the shares are approximate.
        let volume: VolumeRecord = try await volumectl("create", "part", size, "-o", "json").json()
        #expect(volume.sizeBytes.isMultiple(of: 4096))
        #expect(share.contains(Double(volume.sizeBytes) / free))
        #expect(try Scratch.size(of: #require(volume.location)) == volume.sizeBytes)
        #expect(try await volumectl("show", "part", "-o", "json").json() == volume)
    }

    @Test(arguments: [
        ["create"], ["create", "named"], ["create", "10G"], ["create", "a", "1", "--size", "2"],
        ["create", "a", "1", "--name", "b"], ["create", "a", "1", "c"], ["create", "--size"],
    ])
    func `arguments with no size, two sizes or two names create nothing`(arguments: [String]) async throws {
        let run = try await volumectl(arguments)
        expect(64, from: run)
        try await expectAccepted(run.error.remedies)
        #expect(!Scratch.exists(Scratch.state))
    }

    @Test func `a single argument that is a size is not taken for a name`() async throws {
        let error = try await volumectl("create", "10G").error
        #expect(error.headline.contains("'10G' alone is a name"))
        #expect(error.remedies.first == "volumectl create --size 10G")
    }

    @Test func `an amount to grow by is not a size for a new volume`() async throws {
        let run = try await volumectl("create", "a", "+5G")
        expect(64, from: run)
        #expect(try run.error.headline.contains("'+5G' is an amount to grow by"))
        #expect(!Scratch.exists(Scratch.state))
    }

    @Test func `a size that is given twice is accepted if it is equal`() async throws {
        let run = try await volumectl("create", "a", "1M", "--size", "1M", "--name", "a", "-q")
        expect(0, from: run)
        #expect(try run.line.count == 36)
    }

    @Test(arguments: [
        ["-s-1"], ["-s", "-1"], ["-s=-1"], ["--size=-1"], ["--size", "-1"], ["-1"], ["-s-1", "--pool", "default"],
    ])
    func `the headline says why a negative size is refused, wherever it stands`(size: [String]) async throws {
        for arguments in [["create", "a"] + size, ["create"] + size + ["a"]] {
            let run = try await volumectl(arguments)
            expect(64, from: run)
            #expect(try run.error.headline.hasPrefix("cannot create a volume: '-1' is not a size: write 10, 10G, "))
        }
        #expect(!Scratch.exists(Scratch.state))
    }
}
