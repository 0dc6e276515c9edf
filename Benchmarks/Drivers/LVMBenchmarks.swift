import ArgumentParser
import LVMDriver
import VolumeDriver

/// Measures logical volumes, on a disk whose content is lost.
struct LVMBenchmarks: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lvm",
        abstract: "Measure logical volumes. Needs root."
    )

    @Argument(help: "An empty disk for the volume group.") var disk: String
    @Option(help: "An empty disk for the database and images; without it, they are below --directory.")
    var scratchDisk: String?
    @OptionGroup var options: DriverOptions
    @OptionGroup var scratch: ScratchOption

    func run() async throws {
        try await scratch.use { directory in
            let fileSystem = try scratchDisk.map { try ScratchFileSystem("ext4", in: directory, disk: $0) }
            defer { fileSystem?.remove() }
            let state = fileSystem?.path ?? directory
            let image = try TestImage(in: state, mebibytes: options.imageSize)
            let small = try TestImage(in: state, mebibytes: Int(options.size), named: "small")
            let shell = Shell(directory: state)
            try shell.run([["vgcreate", "bench", disk]])
            defer { try? shell.run([["vgremove", "--force", "bench"], ["pvremove", disk]]) }
            var tables = DriverTables()
            DriverTables.start("lvm")
            for isThin in [true, false] {
                let pool = contests(shell, isThin: isThin, rounds: options.rounds, size: options.byteCount)
                try await pool.measureVolumes(&tables, name(isThin), state: "\(state)/\(name(isThin)).db")
                try await pool.measureCopies(&tables, name(isThin), of: small)
                if isThin { try shell.run([["lvremove", "--force", "bench/bench-pool"]]) }
            }
            tables.end()
            DriverTables.startImages()
            for isThin in [true, false] {
                let pool = contests(shell, isThin: isThin, rounds: options.imageRounds, size: options.imageByteCount)
                try await pool.measureImages(name(isThin), image, formats: [.raw])
                if isThin { try shell.run([["lvremove", "--force", "bench/bench-pool"]]) }
            }
        }
    }

    private func name(_ isThin: Bool) -> String { isThin ? "thin" : "thick" }

    private func contests(
        _ shell: Shell,
        isThin: Bool,
        rounds: Int,
        size: ByteCount
    ) -> PoolContests<LogicalVolumesByHand> {
        let programs = CountingPrograms()
        var options = LVMOptions(volumeGroup: "bench")
        options.provisioning = isThin ? .thin : .thick
        return PoolContests(
            driver: LVMDriver(options, programs: programs),
            hand: LogicalVolumesByHand(shell: shell, isThin: isThin, size: size),
            size: size,
            programs: programs,
            rounds: rounds
        )
    }
}

/// Logical volumes of the group `bench`, inactive, and cleared if they are thick: like those of the driver, but without
/// tags.
struct LogicalVolumesByHand: ByHand {
    let shell: Shell
    let isThin: Bool
    let size: ByteCount

    func create(_ volume: String) -> [[String]] {
        let common = ["lvcreate", "--yes", "--name", volume, "--setactivationskip", "y"]
        let length = "\(size.bytes)b"
        if isThin { return [common + ["--virtualsize", length, "--thinpool", "bench/bench-pool"]] }
        return [common + ["--ignoreactivationskip", "--size", length, "bench"], clear(volume), deactivate(volume)]
    }

    func delete(_ volume: String) -> [[String]] {
        (isThin ? [] : [activate(volume), clear(volume)]) + [["lvremove", "--yes", path(volume)]]
    }

    func snapshot(_ snapshot: String, of volume: String) -> [[String]] {
        let room = isThin ? [] : ["--extents", "100%ORIGIN"]
        let name = ["--name", snapshot, "--setactivationskip", "y"]
        return [["lvcreate", "--yes", "--snapshot"] + name + room + [path(volume)]]
    }

    func deleteSnapshot(_ snapshot: String, of volume: String) -> [[String]] {
        [["lvremove", "--yes", path(snapshot)]]
    }

    func clone(_ source: String, as volume: String) -> [[String]] {
        if isThin {
            return [["lvcreate", "--yes", "--snapshot", "--name", volume, "--setactivationskip", "y", path(source)]]
        }
        let make = ["lvcreate", "--yes", "--name", volume, "--size", "\(size.bytes)b", "bench"]
        let copy = [
            "dd", "if=\(device(source))", "of=\(device(volume))", "bs=16M", "conv=fsync", "status=none",
        ]
        return [make, activate(source), copy, deactivate(source), deactivate(volume)]
    }

    func write(_ image: VolumeImage, into volume: String) -> [[String]] {
        let convert = ["qemu-img", "convert", "-n", "-t", "writeback", "-f", image.format.rawValue, "-O", "raw"]
        return [activate(volume), convert + [image.path, device(volume)], deactivate(volume)]
    }

    func read(_ volume: String, to image: VolumeImage) -> [[String]] {
        let convert = ["qemu-img", "convert", "-t", "writeback", "-f", "raw", "-O", image.format.rawValue]
        return [activate(volume), convert + [device(volume), image.path], deactivate(volume)]
    }

    private func device(_ name: String) -> String { "/dev/bench/\(name)" }
    private func path(_ name: String) -> String { "bench/\(name)" }
    private func clear(_ name: String) -> [String] { ["blkdiscard", "--zeroout", device(name)] }
    private func activate(_ name: String) -> [String] { ["lvchange", "-a", "y", "-K", path(name)] }
    private func deactivate(_ name: String) -> [String] { ["lvchange", "-a", "n", path(name)] }
}
