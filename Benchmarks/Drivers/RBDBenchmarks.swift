import ArgumentParser
import Foundation
import RBDDriver
import VolumeDriver

/// Measures RBD images, in the pool `volumes` of a cluster whose content is lost.
struct RBDBenchmarks: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "rbd", abstract: "Measure RBD images.")

    @Option(help: "The cluster's configuration; without it, that of VOLUMECTL_TEST_CEPH_CONF.")
    var configuration: String?
    @OptionGroup var options: DriverOptions
    @OptionGroup var scratch: ScratchOption

    func run() async throws {
        let started = ProcessInfo.processInfo.environment["VOLUMECTL_TEST_CEPH_CONF"]
        guard let configuration = configuration ?? started else {
            throw ValidationError("Scripts/ceph/with starts a cluster")
        }
        try await scratch.use { directory in
            let image = try TestImage(in: directory, mebibytes: options.imageSize)
            let size = options.byteCount
            let settings = ["CEPH_CONF": configuration, "CEPH_ARGS": "--id volumes"]
            let programs = CountingPrograms()
            func contests(rounds: Int, size: ByteCount) throws -> PoolContests<ImagesByHand> {
                let access = try CephAccess(pool: "volumes", user: "volumes", configuration: configuration)
                let shell = Shell(directory: directory, environment: settings)
                return PoolContests(
                    driver: RBDDriver(access, directory: directory + "/x", runner: programs),
                    hand: ImagesByHand(shell: shell, size: size),
                    size: size,
                    programs: programs,
                    rounds: rounds
                )
            }
            var tables = DriverTables()
            DriverTables.start("rbd")
            let pool = try contests(rounds: options.rounds, size: size)
            try await pool.measureVolumes(&tables, "RBD", state: directory + "/volumes.db")
            let filled = try contests(rounds: options.imageRounds, size: options.imageByteCount)
            try await filled.measureCopies(&tables, "RBD", of: image)
            tables.end()
            DriverTables.startImages()
            try await filled.measureImages("RBD", image, formats: [.raw, .qcow2])
        }
    }
}

/// Images of the pool `volumes`, by Ceph's and QEMU's tools.
struct ImagesByHand: ByHand {
    let shell: Shell
    let size: ByteCount

    func create(_ volume: String) -> [[String]] {
        [["rbd", "create", "--size", "\(size.bytes)B", "volumes/\(volume)"]]
    }

    func delete(_ volume: String) -> [[String]] { [["rbd", "rm", "--no-progress", "volumes/\(volume)"]] }

    func snapshot(_ snapshot: String, of volume: String) -> [[String]] {
        [
            ["rbd", "snap", "create", "--no-progress", "volumes/\(volume)@\(snapshot)"],
            ["rbd", "snap", "protect", "volumes/\(volume)@\(snapshot)"],
        ]
    }

    func deleteSnapshot(_ snapshot: String, of volume: String) -> [[String]] {
        [
            ["rbd", "snap", "unprotect", "volumes/\(volume)@\(snapshot)"],
            ["rbd", "snap", "rm", "--no-progress", "volumes/\(volume)@\(snapshot)"],
        ]
    }

    func clone(_ source: String, as volume: String) -> [[String]] {
        let copy = ["rbd", "clone", "volumes/\(source)@for-\(volume)", "volumes/\(volume)"]
        let flatten = ["rbd", "flatten", "--no-progress", "volumes/\(volume)"]
        return snapshot("for-\(volume)", of: source) + [copy, flatten] + deleteSnapshot("for-\(volume)", of: source)
    }

    func write(_ image: VolumeImage, into volume: String) -> [[String]] {
        [
            [
                "qemu-img", "convert", "-n", "-W", "-t", "writeback", "-f", image.format.rawValue, "-O", "raw",
                image.path,
            ]
                + [address(volume)]
        ]
    }

    func read(_ volume: String, to image: VolumeImage) -> [[String]] {
        [
            ["qemu-img", "convert", "-t", "writeback", "-f", "raw", "-O", image.format.rawValue]
                + [address(volume), image.path]
        ]
    }

    private func address(_ volume: String) -> String { "rbd:volumes/\(volume):id=volumes" }
}
