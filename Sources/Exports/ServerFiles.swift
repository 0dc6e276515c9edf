internal import Glibc

/// What there is of a server in its directory.
struct ServerFiles: Sendable {
    let directory: String
    let name: String

    var socket: String { "\(directory)/\(name)" }
    var pidFile: String { "\(directory)/\(name).pid" }

    /// By which the server's process is recognised.
    var socketArgument: String { "--socket=\(socket)" }

    /// Removes what a server that has gone has left.
    func remove() {
        unlink(socket)
        unlink(pidFile)
    }
}
