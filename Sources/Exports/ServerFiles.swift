internal import Glibc

/// The files of a server.
struct ServerFiles: Sendable {
    let directory: String
    let name: String

    var socket: String { "\(directory)/\(name)" }
    var pidFile: String { "\(directory)/\(name).pid" }

    /// The argument that identifies the server's process.
    var socketArgument: String { "--socket=\(socket)" }

    /// Removes the files of a server that has ended.
    func remove() {
        unlink(socket)
        unlink(pidFile)
    }
}
