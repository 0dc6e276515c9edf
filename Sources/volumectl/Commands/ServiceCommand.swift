internal import ArgumentParser
internal import Foundation
internal import Identity
internal import PoolConfiguration
internal import SQL
internal import Synchronization
internal import TaskFlow
internal import VolumeAPI
internal import Volumes

/// The options of every command that needs the service.
struct ServiceOptions: ParsableArguments {
    @OptionGroup private var configuration: ConfigurationOptions

    @Flag(help: "Do not finish or revert flows of dead processes first.")
    var noRecover = false

    var config: String? { configuration.config }
}

/// Which configuration a command reads.
struct ConfigurationOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The only configuration file to read.", valueName: "file"))
    var config: String?
}

/// A command that needs the configuration.
protocol ConfiguredCommand: ParsableCommand {
    /// The only configuration file to read, if given.
    var configurationFile: String? { get }
    var output: OutputOptions { get }
    /// Refuses invalid arguments before anything is touched.
    func check() throws
    func run(_ settings: Settings) async throws
}

/// A command that needs the service.
protocol ServiceCommand: ConfiguredCommand {
    /// The access to the database that the command needs.
    static var access: DatabaseAccess { get }
    var options: ServiceOptions { get }
    /// Whether interrupted flows are finished or reverted first.
    var recoversFirst: Bool { get }
    /// The time limit of the command, if it has one.
    var timeout: TimeSpan? { get }
    func run(_ service: any VolumeClient, _ settings: Settings) async throws
}

extension ConfiguredCommand {
    func check() throws {}
}

extension ServiceOptions {
    /// The arguments for another process of this program on the same database.
    func arguments(_ words: String...) -> [String] { arguments(words) }

    /// The arguments for another process of this program on the same database.
    func arguments(_ words: [String]) -> [String] {
        words + ["--no-recover"] + (config.map { ["--config", $0] } ?? [])
    }

    /// Starts a process that runs a flow, unless an earlier one is still running.
    var startWorker: @Sendable (FlowID) throws -> Void {
        let started = Mutex<[FlowID: Worker]>([:])
        return { flow in
            try started.withLock { started in
                // Also takes note of the ends of the others, which would else remain as zombies of a process that lives long.
                started = started.filter { $0.value.isRunning }
                guard started[flow] == nil else { return }
                started[flow] = try Worker.start(arguments("flow", "resume", flow.description))
            }
        }
    }
}

extension ServiceCommand {
    static var access: DatabaseAccess { .change }

    var configurationFile: String? { options.config }
    var recoversFirst: Bool { true }
    var timeout: TimeSpan? { nil }

    func run(_ settings: Settings) async throws {
        let isFirst = settings.database.isMissingFile
        if let changing = self as? any ChangingCommand, changing.rehearsal.dryRun {
            return try await rehearse(changing, settings)
        }
        let directory = StateDirectory(settings.configuration)
        do {
            try directory.make()
        } catch {
            guard Self.access == .look, error.code == .notPermitted else { throw error }
        }
        try directory.check()
        let service = try service(on: settings.database, in: settings.stateDirectory, settings)
            .handingOver(to: options.startWorker)
        if isFirst, !service.isReadOnly {
            Console.note("note: created the database \(settings.database)")
            for pool in settings.pools.prefix(8) {
                Console.note("note: volumes go to pool \"\(pool.name)\", driver \(pool.kind)")
            }
            if settings.pools.count > 8 { Console.note("note: and to \(settings.pools.count - 8) more pools") }
        }
        do {
            if service.isReadOnly {
                try await tellOfInterrupted(service)
            } else if recoversFirst && !options.noRecover {
                try await recover(service, settings)
            }
            try await run(service, settings)
            if Self.access == .change {
                // The command has succeeded even if old flows can't be deleted now.
                _ = try? await service.forgetFlows(olderThan: settings.history.days, beyond: settings.history.flows)
            }
        } catch {
            await service.close()
            throw error
        }
        await service.close()
    }

    private func service(
        on database: ConfiguredDatabase,
        in directory: String?,
        _ settings: Settings
    ) throws -> VolumeService {
        try VolumeService(
            settings.configuration,
            on: database.open(for: Self.access, in: directory, lease: settings.worker.lease)
        )
    }

    /// Has a command find out what it would change. Other flows are left alone, and neither a missing database nor a missing
    /// state directory is created: an empty database in a temporary directory takes the place of one without tables.
    private func rehearse(_ command: any ChangingCommand, _ settings: Settings) async throws {
        let (files, isFirst) = (FileManager.default, settings.database.isFresh)
        let scratch = files.temporaryDirectory.appendingPathComponent("volumectl-\(UUID().uuidString)")
        defer { if isFirst { try? files.removeItem(at: scratch) } }
        if isFirst {
            do {
                try files.createDirectory(
                    at: scratch,
                    withIntermediateDirectories: false,
                    attributes: [.posixPermissions: 0o700]
                )
            } catch {
                throw VolumeError(
                    .storeUnavailable,
                    "cannot find out what would be done: no directory can be created in '\(files.temporaryDirectory.path)'",
                    cause: "there is no database yet, and a temporary one takes its place in a dry run",
                    remedies: [.advice("set TMPDIR to a directory that exists and that you can write to")]
                )
            }
        } else {
            try StateDirectory(settings.configuration).check()
        }
        let service = try service(
            on: isFirst ? .file(scratch.path + "/volumectl.db") : settings.database,
            in: files.fileExists(atPath: settings.stateDirectory) ? settings.stateDirectory : nil,
            settings
        )
        do {
            try await command.rehearse(service, settings)
        } catch {
            await service.close()
            throw error
        }
        await service.close()
    }

    private func tellOfInterrupted(_ service: VolumeService) async throws {
        let count = try await service.interruptedFlowCount()
        guard count > 0 else { return }
        Console.note(
            "note: \(count) interrupted \(count == 1 ? "flow waits" : "flows wait") for a command that can write the database"
        )
    }

    /// Has another process finish or revert interrupted flows, so that a driver that does not answer does not delay the
    /// command.
    private func recover(_ service: VolumeService, _ settings: Settings) async throws {
        let obstacles = FruitlessRecovery(beside: settings.localFiles).obstacles
        if let stuck = try await service.stuck(knowing: obstacles) {
            // A recovery could do nothing about them.
            for found in stuck { Console.tell(stuck: found) }
            return
        }
        guard let relay = try? RecoveryRelay(options.arguments("flow", "resume", "--relayed")) else {
            try await RecoveryReport.recover(service, settings)
            return
        }
        await withCheckedContinuation { [deadline = timeout?.deadline] continuation in
            DispatchQueue.global()
                .async {
                    relay.run(until: deadline)
                    continuation.resume()
                }
        }
    }
}

extension Console {
    /// Reports an unfinished flow that can't be carried on.
    static func tell(stuck found: InterruptedFlow) {
        let flow = found.flow
        note(
            "warning: flow \(flow.id.shortened), \(flow.name) \"\(flow.subject)\", has not finished and can't be carried on: "
                + "\(found.obstacle); volumectl flow show \(flow.id.shortened)"
        )
    }
}
