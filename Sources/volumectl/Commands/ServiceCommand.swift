internal import ArgumentParser
internal import Foundation
internal import Identity
internal import SystemPackage
internal import TaskFlow
internal import Volumes

/// What every command understands that needs the service.
struct ServiceOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The only configuration file to read.", valueName: "file"))
    var config: String?

    @Flag(help: "Look without finishing or undoing what processes that have died were doing.")
    var noRecover = false
}

/// A command that needs the configuration.
protocol ConfiguredCommand: ParsableCommand {
    /// The only configuration file to read, if one was given.
    var configurationFile: String? { get }
    var output: OutputOptions { get }
    /// Refuses bad input before anything is touched.
    func check() throws
    func run(_ settings: Settings) async throws
}

/// A command that asks the service.
protocol ServiceCommand: ConfiguredCommand {
    /// What the service is wanted for: a command that looks needs no right to write the database.
    static var access: ServiceAccess { get }
    var options: ServiceOptions { get }
    func run(_ service: VolumeService, _ settings: Settings) async throws
}

extension ConfiguredCommand {
    func check() throws {}
}

extension ServiceCommand {
    static var access: ServiceAccess { .change }

    var configurationFile: String? { options.config }

    func run(_ settings: Settings) async throws {
        let isFirst = !FileManager.default.fileExists(atPath: settings.database)
        do {
            try StateDirectory.make(FilePath(settings.database).removingLastComponent())
        } catch {
            guard Self.access == .look, error.code == .notPermitted else { throw error }
        }
        try StateDirectory.check(database: settings.database)
        let service = try VolumeService(
            database: settings.database,
            pools: settings.pools,
            limits: settings.limits,
            project: settings.project,
            access: Self.access
        )
        if isFirst, !service.isReadOnly {
            Console.note("note: made the database \(settings.database)")
            for pool in settings.pools {
                Console.note("note: volumes go to pool \"\(pool.name)\", driver \(pool.kind)")
            }
        }
        do {
            if service.isReadOnly {
                try await tellOfInterrupted(service)
            } else if !options.noRecover {
                try await recover(service)
            }
            try await run(service, settings)
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

    private func recover(_ service: VolumeService) async throws {
        for recovery in try await service.recover() {
            let flow = recovery.flow
            let place = recovery.interruptedStep.map { "at \($0)" } ?? "between two steps"
            let result =
                switch recovery.state {
                case .success: "finished"
                case .reverted: "undone, nothing is left"
                case .failure: "could not be undone: volumectl flow show \(flow.id.shortened)"
                default: "could not be taken up"
                }
            Console.note(
                "recovered flow \(flow.id.shortened): \(flow.name) \"\(flow.subject)\" was \(place) when \(flow.owner) died: "
                    + result + (recovery.problem.map { " (\($0))" } ?? "")
            )
        }
    }
}
