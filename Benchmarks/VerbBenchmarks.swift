import ArgumentParser
import Foundation
import Identity
import LoopbackDriver
import SQLite
import VolumeAPI
import VolumeDriver
import Volumes

/// Measures each verb of a volume's life: in this process, as a command, and beside the tool that a person would use.
struct VerbBenchmarks: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verbs",
        abstract: "Measure each verb, beside the bare tool."
    )

    @Option(help: "How many volumes each verb is applied to.") var rounds = 31
    @OptionGroup var scratch: ScratchOption

    func run() async throws {
        let scratch = try scratch.make()
        defer { try? FileManager.default.removeItem(atPath: scratch) }
        var rows = try await measureService(in: scratch + "/service")
        for (verb, time) in try measureCommands(in: scratch + "/commands") { rows[verb, default: Row()].command = time }
        for (verb, time) in try measureTools(in: scratch + "/tools") { rows[verb, default: Row()].tool = time }
        print("| verb, median of \(rounds) | in one process | CPU | commits | `volumectl` | bare tool |")
        print("| --- | --: | --: | --: | --: | --: |")
        for verb in Verb.allCases {
            guard let row = rows[verb] else { continue }
            func figure(_ time: Double?) -> String { time.map { String(format: "%.1f ms", $0) } ?? "-" }
            let commits = String(format: "%.1f", row.commits)
            print(
                "| \(verb.rawValue) | \(figure(row.time)) | \(String(format: "%.2f ms", row.cpu)) | \(commits) "
                    + "| \(figure(row.command)) | \(figure(row.tool)) |"
            )
        }
    }

    /// The verbs in the order in which they are measured.
    private enum Verb: String, CaseIterable {
        case create, set, resize, attach, detach, mount, umount
        case save = "image save"
        case snapshot = "snapshot create"
        case clone
        case revert = "snapshot revert"
        case removeSnapshot = "snapshot rm"
        case remove = "rm"

        /// The verbs that can be measured here, in groups that are applied to one volume after the other, because a host
        /// has a limited number of loop devices. Only root may attach and mount.
        static var possible: [[Verb]] {
            func has(_ program: String) -> Bool { FileManager.default.fileExists(atPath: program) }
            let devices: [[Verb]] = geteuid() == 0 ? [[.attach, .detach]] : []
            let mounts: [[Verb]] = geteuid() == 0 && has(VerbBenchmarks.makeFileSystem) ? [[.mount, .umount]] : []
            let others: [[Verb]] = [[.snapshot], [.clone], [.revert], [.removeSnapshot], [.remove]]
            let images: [[Verb]] = has(VerbBenchmarks.convertImage) ? [[.save]] : []
            return [[.create], [.set], [.resize]] + devices + mounts + images + others
        }
    }

    private static let makeFileSystem = "/usr/sbin/mkfs.ext4"
    private static let convertImage = "/usr/bin/qemu-img"

    private struct Row {
        var time: Double?
        var cpu = 0.0
        var commits = 0.0
        var command: Double?
        var tool: Double?
    }

    private func measureService(in directory: String) async throws -> [Verb: Row] {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let database = try SQLiteDatabase(path: directory + "/volumes.db")
        let pool = Pool(name: "default", driver: LoopbackDriver(directory: directory + "/pool"))
        let service = try VolumeService(database: database, pools: [pool])
        _ = try await service.create(VolumeRequest(size: .exactly(size(1))))
        var rows: [Verb: Row] = [:]
        for verbs in Verb.possible {
            var times: [Verb: [Double]] = [:]
            for number in 0..<rounds {
                let volume = "volume-\(number)"
                if verbs == [.mount, .umount] {
                    // Not counted: the first mount makes the file system.
                    for verb in verbs { try await carryOut(verb, on: volume, by: service, in: directory) }
                }
                for verb in verbs {
                    let (commits, cpu) = (database.commitCount, ProcessorTime.ofThisProcess)
                    let start = ContinuousClock.now
                    try await carryOut(verb, on: volume, by: service, in: directory)
                    times[verb, default: []].append(start.duration(to: .now).seconds * 1000)
                    rows[verb, default: Row()].cpu += (ProcessorTime.ofThisProcess - cpu) * 1000 / Double(rounds)
                    rows[verb, default: Row()].commits += Double(database.commitCount - commits) / Double(rounds)
                }
            }
            for (verb, times) in times { rows[verb]?.time = times.median }
        }
        return rows
    }

    private func carryOut(
        _ verb: Verb,
        on volume: String,
        by service: VolumeService,
        in directory: String
    ) async throws {
        let control = RequestControl()
        let name = try VolumeName(validating: volume)
        switch verb {
        case .create: _ = try await service.create(VolumeRequest(name: name, size: .exactly(size(1))))
        case .set: try await service.change(volume, VolumeChange(description: "measured"))
        case .resize: _ = try await service.resize(volume, to: .exactly(size(2)), control: control)
        case .attach: _ = try await service.attach(volume, control: control)
        case .detach: try await service.detach(volume, control: control)
        case .mount:
            let place = try place(for: volume, in: directory)
            _ = try await service.mount(volume, at: place, fileSystem: .ext4, control: control)
        case .umount: _ = try await service.unmount(volume, control: control)
        case .save:
            let image = VolumeImage(path: "\(directory)/\(volume).raw", format: .raw)
            _ = try await service.saveImage(of: volume, to: image, control: control)
        case .snapshot:
            let snapshot = try VolumeName(validating: "now", as: "snapshot")
            _ = try await service.createSnapshot(SnapshotRequest(of: volume, name: snapshot), control: control)
        case .clone:
            let copy = try VolumeName(validating: volume + "-copy")
            _ = try await service.create(VolumeRequest(name: copy, source: .volume(volume)))
        case .revert: try await service.revert(volume, to: volume + "@now", control: control)
        case .removeSnapshot: try await service.deleteSnapshot(volume + "@now", control: control)
        case .remove: try await service.delete(volume, control: control)
        }
    }

    /// An empty directory at which a volume is mounted.
    private func place(for volume: String, in directory: String) throws -> String {
        let place = "\(directory)/mounts/\(volume)"
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        return place
    }

    private func size(_ gibibytes: Int64) -> ByteCount { ByteCount(gibibytes: gibibytes) ?? .zero }

    private func measureCommands(in directory: String) throws -> [Verb: Double] {
        func time(_ words: [String]) throws -> Double {
            try Process.volumectl(words, in: directory).milliseconds()
        }
        func words(_ verb: Verb, _ volume: String) throws -> [String] {
            switch verb {
            case .mount: ["mount", volume, try place(for: volume, in: directory)]
            case .umount: ["umount", volume]
            case .save: ["image", "save", volume, "\(directory)/\(volume).raw", "--format", "raw"]
            case .create: ["create", volume, "1G"]
            case .set: ["set", volume, "--description", "measured"]
            case .resize: ["resize", volume, "2G"]
            case .attach: ["attach", volume]
            case .detach: ["detach", volume]
            case .snapshot: ["snapshot", "create", volume, "now"]
            case .clone: ["clone", volume, volume + "-copy"]
            case .revert: ["snapshot", "revert", volume, volume + "@now", "-y"]
            case .removeSnapshot: ["snapshot", "rm", volume + "@now", "-y"]
            case .remove: ["rm", volume, "-y"]
            }
        }
        _ = try time(["create", "--size", "1"])
        _ = try time(["quota", "set", "--snapshots", "unlimited"])
        return try measure { verb, number in
            try time(words(verb, "volume-\(number)"))
        }
    }

    /// The medians of the times that `carryOut` returns for each verb and the number of a volume.
    private func measure(_ carryOut: (Verb, Int) throws -> Double?) throws -> [Verb: Double] {
        var times: [Verb: [Double]] = [:]
        for verbs in Verb.possible {
            for number in 0..<rounds {
                // Not counted: the first mount makes the file system.
                if verbs == [.mount, .umount] { for verb in verbs { _ = try carryOut(verb, number) } }
                for verb in verbs {
                    if let time = try carryOut(verb, number) { times[verb, default: []].append(time) }
                }
            }
        }
        return times.compactMapValues(\.median)
    }

    /// The tools that do the same to a bare file, without any record of it, and without waiting for the disk.
    private func measureTools(in directory: String) throws -> [Verb: Double] {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        func words(_ verb: Verb, _ file: String) throws -> [String]? {
            switch verb {
            case .mount: ["/usr/bin/mount", "-o", "loop", file, try place(for: "bare", in: directory)]
            case .umount: ["/usr/bin/umount", try place(for: "bare", in: directory)]
            case .save: [Self.convertImage, "convert", "-f", "raw", "-O", "raw", file, file + ".raw"]
            case .create: ["/usr/bin/truncate", "-s", "1G", file]
            case .set: nil
            case .resize: ["/usr/bin/truncate", "-s", "2G", file]
            case .attach: ["/usr/sbin/losetup", "--find", file]
            case .detach: try device(of: file).map { ["/usr/sbin/losetup", "--detach", $0] }
            case .snapshot: ["/bin/cp", "--reflink=auto", "--sparse=always", file, file + ".snapshot"]
            case .clone: ["/bin/cp", "--reflink=auto", "--sparse=always", file, file + ".copy"]
            case .revert: ["/bin/cp", "--reflink=auto", "--sparse=always", file + ".snapshot", file]
            case .removeSnapshot: ["/bin/rm", file + ".snapshot"]
            case .remove: ["/bin/rm", file]
            }
        }
        var formatted: Set<Int> = []
        return try measure { verb, number in
            let file = "\(directory)/volume-\(number)"
            if verb == .mount, formatted.insert(number).inserted {
                _ = try Process.silent(Self.makeFileSystem, ["-q", "-F", file]).milliseconds()
            }
            return try words(verb, file).map { try Process.silent($0[0], Array($0.dropFirst())).milliseconds() }
        }
    }

    /// The loop device of a file.
    private func device(of file: String) throws -> String? {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/sbin/losetup")
        process.arguments = ["--noheadings", "--output", "NAME", "--associated", file]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        process.waitUntilExit()
        let devices = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        return devices.split(separator: "\n").first.map(String.init)
    }
}

extension [Double] {
    /// `nil` for none.
    fileprivate var median: Double? { isEmpty ? nil : sorted()[count / 2] }
}
