import Foundation
import Programs
import TestKit
import Testing

/// What several soak workers share: two pools, and the processes of one database.
///
/// Pool `default` keeps sparse files. Pool `traced` is an external driver that reports two calls for one volume at the same time.
struct SoakStage {
    private let report: String
    private let traced: String
    let variables: [String: String]

    init() throws {
        (report, traced) = (ScratchDirectory.path + "/doubled", try Scratch.directory("traced"))
        let program = try Scratch.write(Self.program, to: "traced-driver")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
        let driver = URL(filePath: #filePath).appending(path: "../../../../drivers/external/example/directory-driver")
        let configuration = try Scratch.write(
            """
            enabled-pools: [default, traced]
            quota:
              volumes: 20
              snapshots: 20
            pools:
              default:
                driver: loopback
                export-directory: \(ScratchDirectory.path)/x
              traced:
                driver: external
                command: [\(program), \(report), \(driver.standardized.path), \(traced)]
            """
        )
        variables = ["VOLUMECTL_CONFIG": configuration]
    }

    /// Passes calls on to another driver, and notes a call that begins while another one for the same volume runs.
    private static let program = """
        #!/usr/bin/python3
        import fcntl, json, os, sys
        report, driver, directory = sys.argv[1:4]
        text = sys.stdin.buffer.read()
        request = json.loads(text)
        if "operation_id" in request and "volume" in request:
            turn = os.open("%s-%s" % (report, request["volume"]), os.O_RDWR | os.O_CREAT, 0o600)
            os.set_inheritable(turn, True)
            try: fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                with open(report, "ab") as file: file.write(text + b"\\n")
        reading, writing = os.pipe()
        os.write(writing, text)
        os.close(writing)
        os.dup2(reading, 0)
        os.execv(driver, [driver, directory])
        """

    // MARK: - Processes

    /// The processes of the program that work on this database.
    private static func processes() -> [pid_t] {
        let state = Data("VOLUMECTL_STATE_DIRECTORY=\(Scratch.state)\0".utf8)
        let all = ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap { pid_t($0) }
        return all.filter { process in
            guard let name = FileManager.default.contents(atPath: "/proc/\(process)/cmdline"),
                name.starts(with: Data("volumectl\0".utf8)),
                let environment = FileManager.default.contents(atPath: "/proc/\(process)/environ")
            else { return false }
            return environment.range(of: state) != nil
        }
    }

    /// Kills random processes, among them those in the background, until the task is cancelled.
    func killProcesses(seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        while true {
            try await Task.sleep(for: .milliseconds(Int.random(in: 50...500, using: &generator)))
            for process in Self.processes() where Bool.random(using: &generator) { kill(process, SIGKILL) }
        }
    }

    // MARK: - What has to hold

    /// Expects that nothing happens any more, and that records, quotas, pools, devices and servers agree.
    func expectAgreement() async throws {
        try await eventually {
            try await SoakWorker.resume(with: variables)
            return Self.processes().isEmpty
        }
        let flows: [FlowRecord] = try await json("flow", "ls", "--limit", "1000000")
        for flow in flows where !["success", "reverted"].contains(flow.state) {
            Issue.record("\(try await volumectl(["flow", "show", flow.id], with: variables))")
        }
        let (volumes, snapshots): ([Volume], [SnapshotRecord]) = (
            try await json("ls"), try await json("snapshot", "ls")
        )
        for volume in volumes {
            let shown: Shown = try await json("show", volume.id)
            let (isUsed, use) = (volume.status == "in-use", shown.attachment)
            #expect(isUsed || volume.status == "available", "\(volume)")
            #expect(volume.lastError == nil && isUsed == (use != nil) && use.map { $0.state == "there" } != false)
            #expect(shown.backend.presence == "complete" && shown.backend.sizeBytes == volume.sizeBytes, "\(shown)")
        }
        #expect(snapshots.allSatisfy { $0.status == "available" && $0.lastError == nil }, "\(snapshots)")
        try expectObjects(volumes, snapshots)
        try await expectUsage(volumes, snapshots)
        let uses = volumes.compactMap(\.attachment)
        // Without the right to bind devices, a volume is attached as a file.
        let devices = uses.filter { $0.path?.hasPrefix("/dev/") == true }
        #expect(loopDevices().count == devices.count, "\(loopDevices()) for \(devices)")
        #expect(servers().count == uses.count { $0.kind == "exported" }, "\(servers()) for \(uses)")
        #expect(FileManager.default.contents(atPath: report) == nil, "two calls for one volume at the same time")
    }

    private func expectObjects(_ volumes: [Volume], _ snapshots: [SnapshotRecord]) throws {
        let records =
            volumes.map { "volume-\($0.id)" } + snapshots.map { "snapshot-\($0.id).volume-\($0.volume)" }
        let objects = try [Scratch.pool, traced].flatMap(FileManager.default.contentsOfDirectory(atPath:))
        #expect(objects.filter { !$0.hasPrefix(".") }.sorted() == records.sorted())
        #expect(objects.allSatisfy { !$0.hasSuffix(".partial") }, "\(objects)")
    }

    private func expectUsage(_ volumes: [Volume], _ snapshots: [SnapshotRecord]) async throws {
        expect(0, from: try await volumectl(["quota", "audit"], with: variables))
        let quota: QuotaRecord = try await json("quota", "show")
        #expect(quota.volumes.inUse == volumes.count && quota.snapshots.inUse == snapshots.count, "\(quota)")
        let size = volumes.map(\.sizeBytes).reduce(0, +)
        #expect(quota.gigabytes.inUseBytes == size + snapshots.map(\.sizeBytes).reduce(0, +), "\(quota)")
        let reserved = [Int64(quota.volumes.reserved), Int64(quota.snapshots.reserved), quota.gigabytes.reservedBytes]
        #expect(reserved == [0, 0, 0])
        let pools: [PoolRecord] = try await json("pool", "ls")
        #expect(pools.map(\.volumes).reduce(0, +) == volumes.count)
        #expect(pools.map(\.promisedBytes).reduce(0, +) == size)
    }

    /// Ends every use of every volume, removes all, and expects that nothing is left.
    func empty() async throws {
        let volumes: [VolumeRecord] = try await json("ls")
        for volume in volumes {
            for command in [["detach", volume.id], ["unexport", volume.id], ["rm", volume.id, "--cascade", "-y"]] {
                expect(0, from: try await volumectl(command, with: variables))
            }
        }
        try await expectAgreement()
        #expect(try await volumectl(["ls", "-q"], with: variables).lines.isEmpty)
        #expect(loopDevices().isEmpty && servers().isEmpty)
    }

    private func json<Value: Decodable>(_ words: String...) async throws -> Value {
        try await volumectl(words + ["-o", "json"], with: variables).json()
    }

    /// The files in the test's directory to which loop devices are bound.
    private func loopDevices() -> [String] {
        let devices = (try? FileManager.default.contentsOfDirectory(atPath: "/sys/block")) ?? []
        return devices.compactMap { try? String(contentsOfFile: "/sys/block/\($0)/loop/backing_file", encoding: .utf8) }
            .filter { $0.hasPrefix(ScratchDirectory.path) }
    }

    /// The processes that serve a volume in the test's directory.
    private func servers() -> [String] {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return all.filter { pid_t($0) != nil }
            .compactMap { try? String(contentsOfFile: "/proc/\($0)/cmdline", encoding: .utf8) }
            .filter { $0.contains("qemu-nbd") && $0.contains(ScratchDirectory.path) }
    }

    private struct Volume: Decodable {
        struct Use: Decodable {
            let kind: String
            let path: String?
        }
        let id: String
        let sizeBytes: Int64
        let status: String
        let lastError: String?
        let attachment: Use?
    }

    private struct Shown: Decodable {
        struct Use: Decodable { let state: String? }
        struct Backend: Decodable {
            let presence: String
            let sizeBytes: Int64?
        }
        let attachment: Use?
        let backend: Backend
    }
}
