import ArgumentParser
import Foundation
import LoopbackDriver
import VolumeDriver

/// Measures the loopback driver, and as root its copies on file systems that share blocks.
struct LoopbackBenchmarks: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "loopback", abstract: "Measure volumes in files.")

    @OptionGroup var options: DriverOptions
    @OptionGroup var scratch: ScratchOption

    func run() async throws {
        try await scratch.use { directory in
            let image = try TestImage(in: directory, mebibytes: options.imageSize)
            var tables = DriverTables()
            DriverTables.start("loopback")
            var hasty = try contests(.sparse, in: directory, rounds: options.rounds, size: options.byteCount)
            hasty.hand.isDurable = false
            try await hasty.measureVolumes(&tables, "raw, sparse; not durable by hand", state: "\(directory)/hasty.db")
            for kind in FilesByHand.Kind.allCases {
                let pool = try contests(kind, in: directory, rounds: options.rounds, size: options.byteCount)
                try await pool.measureVolumes(&tables, kind.rawValue, state: "\(directory)/\(kind).db")
            }
            let copied = options.imageByteCount
            let ext4 = try contests(.sparse, in: directory, rounds: options.imageRounds, size: copied)
            try await ext4.measureCopies(&tables, "no shared blocks", of: image)
            for kind in ["xfs", "btrfs"] where getuid() == 0 {
                let fileSystem = try ScratchFileSystem(kind, in: directory)
                defer { fileSystem.remove() }
                var pool = try contests(.sparse, in: fileSystem.path, rounds: options.rounds, size: copied)
                pool.hand.isSharing = true
                try await pool.measureCopies(&tables, kind, of: image)
            }
            tables.end()
            DriverTables.startImages()
            for kind in FilesByHand.Kind.allCases {
                let pool = try contests(kind, in: directory, rounds: options.imageRounds, size: copied)
                try await pool.measureImages(kind.rawValue, image, formats: [.raw, .qcow2])
            }
        }
    }

    private func contests(
        _ kind: FilesByHand.Kind,
        in directory: String,
        rounds: Int,
        size: ByteCount
    ) throws -> PoolContests<FilesByHand> {
        let pool = "\(directory)/\(kind)"
        try FileManager.default.createDirectory(
            atPath: pool,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        let programs = CountingPrograms()
        return PoolContests(
            driver: LoopbackDriver(directory: pool, options: kind.options, programs: programs),
            hand: FilesByHand(shell: Shell(directory: pool), kind: kind, size: size),
            size: size,
            programs: programs,
            rounds: rounds
        )
    }
}

/// Files in the pool's directory, created by coreutils and `qemu-img`.
struct FilesByHand: ByHand {
    enum Kind: String, CaseIterable {
        case sparse = "raw, sparse"
        case full = "raw, full"
        case qcow2

        var options: LoopbackOptions {
            LoopbackOptions(format: self == .qcow2 ? .qcow2 : .raw, allocation: self == .full ? .full : .sparse)
        }
    }

    let shell: Shell
    let kind: Kind
    let size: ByteCount
    /// Whether copies share blocks.
    var isSharing = false
    /// Whether to wait until changes are on the disk, as the driver does.
    var isDurable = true

    func create(_ volume: String) -> [[String]] {
        let make =
            switch kind {
            case .sparse: ["truncate", "--size", "\(size.bytes)", volume]
            case .full: ["fallocate", "--length", "\(size.bytes)", volume]
            case .qcow2: ["qemu-img", "create", "-q", "-f", "qcow2", volume, "\(size.bytes)"]
            }
        return [make] + (isDurable ? [["sync", volume, "."]] : [])
    }

    func delete(_ volume: String) -> [[String]] { [["rm", volume]] + (isDurable ? [["sync", "."]] : []) }

    func snapshot(_ snapshot: String, of volume: String) -> [[String]] { clone(volume, as: snapshot) }

    func deleteSnapshot(_ snapshot: String, of volume: String) -> [[String]] { delete(snapshot) }

    func clone(_ source: String, as volume: String) -> [[String]] {
        [["cp"] + (isSharing ? ["--reflink=always"] : []) + [source, volume], ["sync", volume, "."]]
    }

    func write(_ image: VolumeImage, into volume: String) -> [[String]] {
        let room = kind == .full ? ["-o", "preallocation=falloc"] : []
        return convert(image.path, image.format, volume, kind.options.format, room)
    }

    func read(_ volume: String, to image: VolumeImage) -> [[String]] {
        convert(volume, kind.options.format, image.path, image.format)
    }

    /// Without `-t`, it does not wait for the disk.
    private func convert(
        _ source: String,
        _ from: ImageFormat,
        _ target: String,
        _ to: ImageFormat,
        _ options: [String] = []
    ) -> [[String]] {
        let formats = ["-f", from.rawValue, "-O", to.rawValue]
        return [["qemu-img", "convert", "-t", "writeback"] + formats + options + [source, target]]
    }
}
