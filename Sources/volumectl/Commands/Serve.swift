internal import ArgumentParser
internal import Foundation
internal import PoolConfiguration
internal import Supervision
internal import Varlink
internal import VolumeAPI

/// Serves other programs by the local API.
struct Serve: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve programs in any language over a socket: the local API.",
        discussion: """
            It speaks the varlink protocol, interface io.volumectl.Volumes:
              varlinkctl call unix:/run/volumectl/io.volumectl.Volumes \\
                io.volumectl.Volumes.Create '{"name":"pg-data","size_bytes":10737418240}'

            Root and the user of this process act in the project of the configuration.
            Any other user whom the socket's mode lets in acts in the project with the
            user's name; the policy decides what is allowed.

            A process that was started with sockets (LISTEN_FDS), by a socket unit or by
            'varlinkctl call exec:...', serves those: a connection to its end, and
            listening ones until SIGTERM. Running calls are answered first; a second
            SIGTERM ends the process at once, which loses nothing either.
            """
    )

    @Option(
        help: ArgumentHelp(
            "The socket; by default io.volumectl.Volumes in /run/volumectl, or in $XDG_RUNTIME_DIR/volumectl.",
            valueName: "path"
        ),
        completion: .file()
    )
    var socket: String?

    @Option(help: ArgumentHelp("The socket's mode, which says who may connect, such as 660.", valueName: "mode"))
    var mode: SocketMode?

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        do {
            let sockets = try ServedSockets(at: socket, mode: mode?.bits ?? 0o600)
            try await Signals.hearing { try await serve(sockets, service, settings) }
        } catch let error as VarlinkError {
            throw VolumeError(error)
        }
    }

    private func serve(_ sockets: ServedSockets, _ service: any VolumeClient, _ settings: Settings) async throws {
        let order = StopOrder()
        let api = LocalAPI(service: service, settings: settings) { order.isGiven }
        let server = Server(try api.makeService(), report: Self.report)
        let manager = ServiceManager(ProcessInfo.processInfo.environment)
        let serving = Task {
            await withDiscardingTaskGroup { group in
                group.addTask { await server.run(on: sockets.listeners) }
                for connection in sockets.connections { group.addTask { await server.serve(connection) } }
            }
            order.give()
        }
        let upkeep = Task { await keepUp(service, settings, order, isLasting: !sockets.listeners.isEmpty) }
        let stopping = Task {
            let signal = try await Signals.next()
            order.give()
            manager.tellStopping()
            server.stop()
            Console.note("stopping")
            try await end(after: signal, settings.worker.stopLimit)
        }
        if let path = sockets.path { Console.note("serving on \(path)") }
        manager.tellReady()
        while !order.isGiven {
            manager.tellAlive()
            await order.pause(manager.interval.map { $0 / 2 } ?? .seconds(1))
        }
        await serving.value
        await upkeep.value
        stopping.cancel()
    }

    /// Finishes or reverts, again and again, what processes have left that died, as every command does once.
    private func keepUp(
        _ service: any VolumeClient,
        _ settings: Settings,
        _ order: StopOrder,
        isLasting: Bool
    ) async {
        guard isLasting, !options.noRecover else { return }
        var pause = Duration.seconds(5)
        while true {
            await order.pause(pause)
            guard !order.isGiven else { return }
            // A flow that can't be carried on, or a database that does not answer, is left alone for a while.
            let isDone = (try? await RecoveryReport.recover(service, settings)) ?? false
            pause = .seconds(isDone ? 5 : 30)
        }
    }

    /// Ends the process at the second signal, or when the time for running calls is over. Their flows go on in the process
    /// that finds them next.
    private func end(after signal: Int32, _ limit: Duration) async throws {
        let deadline = ContinuousClock.now + limit
        while !Signals.isPending, .now < deadline { try await Task.sleep(for: .milliseconds(50)) }
        guard Signals.isPending else {
            Console.note("some calls have not been answered in time; their flows go on in another process")
            Foundation.exit(0)
        }
        Console.note("ended at once by a second signal")
        Foundation.exit(128 + signal)
    }

    private static let report: @Sendable (ServerEvent) -> Void = { event in
        switch event {
        case .refused(let peer):
            Console.note(
                "warning: a connection of user \(peer.user), process \(peer.process) was refused: there are too many"
            )
        case .dropped(let peer, let error):
            guard error.code != .closed else { return }
            Console.note("warning: the connection of user \(peer.user), process \(peer.process) was ended: \(error)")
        case .failed(let call, let error): Console.note("warning: '\(call.method)' could not be answered: \(error)")
        case .notAccepted(let error): Console.note("warning: \(error)")
        }
    }
}

/// The mode of a socket's file, as chmod takes it.
struct SocketMode: ExpressibleByArgument {
    let bits: UInt32

    init?(argument: String) {
        guard argument.wholeMatch(of: /0?[0-7]{3}/) != nil, let bits = UInt32(argument, radix: 8) else { return nil }
        self.bits = bits
    }
}

extension VolumeError {
    /// An error of the sockets.
    fileprivate init(_ error: VarlinkError) {
        let advice = error.advice ?? "look at the socket's path and at its directory"
        self.init(
            error.code == .cannotListen ? .conflict : .invalidInput,
            error.message,
            cause: error.cause,
            remedies: [.advice(advice), .command("serve --help")]
        )
    }
}
