internal import ArgumentParser
internal import Foundation
internal import Logging
internal import PoolConfiguration
internal import SQL
internal import ServiceLifecycle
internal import Supervision
internal import TaskFlow
internal import UnixSignals
internal import VolumeAPI
internal import Volumes

/// The worker of a host. It runs until it is told to stop by SIGTERM or SIGINT; a second signal ends it at once.
@main
struct Volumed: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "volumed",
        abstract: "Serve this host's pools: make, change and remove volumes for commands of all hosts.",
        discussion: """
            It reads the configuration of volumectl, whose key host names this host. SIGTERM lets
            running steps come to their end, and leaves what is unfinished to the next worker; a
            second SIGTERM ends it at once, which loses nothing either.
            """,
        version: ProgramVersion.current
    )

    @Option(help: ArgumentHelp("The only configuration file to read.", valueName: "file"))
    var config: String?

    @Option(help: ArgumentHelp("How long to wait for running steps after SIGTERM.", valueName: "seconds"))
    var stopLimit: Double?

    func validate() throws {
        if let stopLimit, !(0...86_400).contains(stopLimit) {
            throw ValidationError("--stop-limit is a number of seconds from 0 to 86400")
        }
    }

    func run() async throws {
        LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
        let logger = Logger(label: "volumed")
        do {
            let service = try await service(logger)
            try await serve(service.0, service.1, logger)
        } catch let error as VolumeError {
            let remedies = error.remedies.compactMap { remedy -> String? in
                if case .advice(let words) = remedy { words } else { nil }
            }
            logger.critical("\(error.message)", metadata: ["cause": "\(error.cause ?? "-")", "try": "\(remedies)"])
            throw ExitCode(1)
        }
    }

    private func service(_ logger: Logger) async throws -> (VolumeService, ServiceConfiguration) {
        let settings = try await ServiceConfiguration.read(config: config) { logger.warning("\($0)") }
        let directory = StateDirectory(settings)
        try directory.make()
        try directory.check()
        let database = try settings.database.open(
            for: .change,
            in: settings.stateDirectory,
            lease: settings.worker.lease
        )
        return (try VolumeService(settings, on: database), settings)
    }

    private func serve(_ service: VolumeService, _ settings: ServiceConfiguration, _ logger: Logger) async throws {
        let systemd = ServiceManager(ProcessInfo.processInfo.environment)
        let worker = HostWorker(
            service,
            label: "process \(getpid())",
            options: HostWorker.Options(
                reportInterval: settings.worker.reportInterval,
                flowsPerPool: settings.worker.flowsPerPool,
                stopLimit: stopLimit.map { .seconds($0) } ?? settings.worker.stopLimit
            )
        ) { event in
            logger.note(event)
            systemd.note(event)
        }
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [
                    .init(
                        service: WorkerService(worker: worker, logger: logger),
                        successTerminationBehavior: .gracefullyShutdownGroup
                    )
                ],
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: logger
            )
        )
        try await group.run()
        await service.close()
    }
}

/// The worker as a service of a group.
private struct WorkerService: Service {
    let worker: HostWorker
    let logger: Logger

    func run() async throws {
        let isAtRest = try await withGracefulShutdownHandler {
            try await worker.run()
        } onGracefulShutdown: {
            worker.stop()
            endAtNextSignal()
        }
        guard isAtRest else {
            logger.warning("some steps have not ended in time; their flows go on in the next worker")
            // Their tasks would keep the group from its end.
            exit(0)
        }
    }

    /// Ends the process at the second signal. Whatever is unfinished is carried on by the next worker.
    private func endAtNextSignal() {
        Task {
            for await signal in await UnixSignalsSequence(trapping: .sigterm, .sigint) {
                logger.warning("ended at once by a second \(signal)")
                exit(signal == .sigint ? 130 : 143)
            }
        }
    }
}

extension Logger {
    /// Writes what a worker tells.
    fileprivate func note(_ event: HostWorker.Event) {
        switch event {
        case .ready: info("serving")
        case .looked: break
        case .took(let flow, let step):
            let interruption = step.map { ", which was in \($0)" } ?? ""
            info("\(flow.name) \"\(flow.subject)\": taken up\(interruption)", metadata: ["flow": "\(flow.id)"])
        case .settled(let recovery):
            let flow = recovery.flow
            let words = "\(flow.name) \"\(flow.subject)\": \(recovery.state?.rawValue.lowercased() ?? "left alone")"
            log(
                level: recovery.problem == nil ? .info : .warning,
                "\(words)\(recovery.problem.map { ": \($0)" } ?? "")",
                metadata: ["flow": "\(flow.id)"]
            )
        case .failed(let message): error("\(message)")
        case .stopping(let flows): info("stopping", metadata: ["running": "\(flows)"])
        }
    }
}
