internal import Foundation
internal import Trust
internal import Varlink
internal import VolumeAPI

/// The sockets that a process serves: those that it was started with, or otherwise one that it creates.
struct ServedSockets {
    /// The name of the socket in its directory.
    static let name = "io.volumectl.Volumes"

    /// The path of a socket that was created here.
    private(set) var path: String?
    private(set) var listeners: [Listener] = []
    private(set) var connections: [Descriptor] = []

    /// - Parameters:
    ///   - path: where to create a socket, which must not exist; `nil` for the default place.
    ///   - mode: its mode.
    /// - Throws: `VarlinkError`, and ``VolumeError`` if the directory can't be created or others can change it.
    init(at path: String?, mode: UInt32) throws {
        let environment = ProcessInfo.processInfo.environment
        for socket in try InheritedSocket.take(environment: environment) {
            switch socket {
            case .listening(let listener): listeners.append(listener)
            case .connected(let connection): connections.append(connection)
            }
        }
        guard listeners.isEmpty, connections.isEmpty else {
            guard path == nil else { throw Self.refusal("--socket is given, but there are inherited ones") }
            return
        }
        let place = try path ?? Self.defaultPath(environment)
        let directory = URL(filePath: place).standardizedFileURL.deletingLastPathComponent().path(percentEncoded: false)
        if path == nil { mkdir(directory, 0o755) }
        do throws(Distrust) {
            _ = try Trust.open(directory, as: .directory)
        } catch  where error.number == ENOENT {
            // The listener says so.
        } catch {
            throw VolumeError(
                .notPermitted,
                "cannot listen on the socket '\(place)': others could replace it",
                cause: "\(error)",
                remedies: [.advice("name a socket in a directory that only you can write to, by --socket")]
            )
        }
        listeners = [try Listener.create(at: place, mode: mode)]
        self.path = place
    }

    private static func defaultPath(_ environment: [String: String]) throws(VolumeError) -> String {
        if geteuid() == 0 { return "/run/volumectl/" + name }
        guard let runtime = environment["XDG_RUNTIME_DIR"], runtime.hasPrefix("/") else {
            throw refusal("there is no default place for it, since XDG_RUNTIME_DIR is not set")
        }
        return runtime + "/volumectl/" + name
    }

    private static func refusal(_ problem: String) -> VolumeError {
        VolumeError(
            .invalidInput,
            "no socket can be served: \(problem)",
            remedies: [.command("serve --socket ./\(name)"), .command("serve --help")]
        )
    }
}
