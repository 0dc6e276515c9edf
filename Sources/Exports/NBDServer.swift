internal import Glibc
public import Programs
public import VolumeDriver

/// Serves volumes over NBD, each by its own `qemu-nbd` process on a Unix socket in one directory.
///
/// Keeps no state: whether a volume is served is determined from the processes. A pid file says which process to check,
/// and the process counts only if the socket is among its arguments.
public struct NBDServer: Sendable {
    /// The program that serves volumes.
    static let program = "qemu-nbd"
    static let package = "qemu-utils"
    /// The argument with which the program refuses clients' writes, and opens the image for reading only.
    static let readOnlyArgument = "--read-only"

    /// The kernel's limit on the length of a socket's path.
    private static let pathLimit = 107
    private static let nameLimit = 46

    let directory: String
    let runner: any ProgramRunner

    /// - Parameters:
    ///   - directory: the absolute path of the sockets' directory, which need not exist yet.
    ///   - runner: executes the program.
    public init(directory: String, runner: any ProgramRunner = SystemPrograms()) {
        self.directory = directory
        self.runner = runner
    }

    /// How long a server runs.
    public enum Purpose: Sendable {
        /// Until it is stopped.
        case everyClient
        /// Until its last client disconnects, or it is stopped.
        case oneClient
    }

    /// Whether the program is installed on this host.
    public static var isInstalled: Bool { ProgramPath.find(program) != nil }

    /// Whether the program is installed, and the sockets' paths are short enough.
    public var isUsable: Bool { Self.isInstalled && fits }

    private var fits: Bool { directory.utf8.count <= Self.pathLimit - Self.nameLimit }

    /// A health finding that says whether volumes can be served on this host.
    public var finding: HealthFinding {
        if !Self.isInstalled {
            return .warning("exports", "there is no '\(Self.program)'", remedy: "install \(Self.package)")
        }
        if !fits {
            let limit = Self.pathLimit - Self.nameLimit
            let message = "the path of '\(directory)' is longer than \(limit) bytes, too long for sockets"
            return .warning("exports", message, remedy: "configure a shorter 'export-directory'")
        }
        return .ok("exports", "sockets are in '\(directory)'")
    }

    /// Serves `image` as `name`. Idempotent: returns the existing export.
    ///
    /// - Parameters:
    ///   - name: the volume's name on its backend.
    ///   - purpose: how long the server runs.
    ///   - isReadOnly: whether clients can't write.
    ///   - action: the action, for errors.
    /// - Throws: `refused` while it is served to clients that can write and is to be served to those that can't, or the
    ///   reverse.
    public func start(
        _ name: String,
        _ image: NBDImage,
        for purpose: Purpose = .everyClient,
        isReadOnly: Bool = false,
        _ action: String
    ) async throws(DriverError) -> VolumeExport {
        let files = try files(of: name, action)
        return try await HostDirectory(directory)
            .locked("servers", action) { () async throws(DriverError) in
                if let pid = ServerProcess.find(files) {
                    if purpose == .everyClient, try await isReady(files, pid) {
                        let served = export(files, isReadOnly: ServerProcess.isReadOnly(pid))
                        guard served.isReadOnly == isReadOnly else { throw otherMode(served, action) }
                        return served
                    }
                    try await end(pid, files, action)
                }
                files.remove()
                try await launch(files, image, purpose, isReadOnly, action)
                return export(files, isReadOnly: isReadOnly)
            }
    }

    /// Stops the server of `name`. Idempotent: succeeds without a server.
    ///
    /// - Throws: `busy` while a client is connected.
    public func stop(_ name: String, _ action: String) async throws(DriverError) {
        let files = ServerFiles(directory: directory, name: name)
        guard access(directory, F_OK) == 0 else { return }
        try await HostDirectory(directory)
            .locked("servers", action) { () async throws(DriverError) in
                if let pid = ServerProcess.find(files) { try await end(pid, files, action) }
                files.remove()
            }
    }

    /// Returns the current export of `name`; `nil` if it is not served.
    public func export(of name: String) -> VolumeExport? {
        let files = ServerFiles(directory: directory, name: name)
        guard let pid = ServerProcess.find(files), UnixSocket.answers(files.socket) else { return nil }
        return export(files, isReadOnly: ServerProcess.isReadOnly(pid))
    }

    /// Returns whether a server process for `name` exists, even one that is starting or ending.
    public func isRunning(_ name: String) -> Bool {
        ServerProcess.find(ServerFiles(directory: directory, name: name)) != nil
    }

    private func files(of name: String, _ action: String) throws(DriverError) -> ServerFiles {
        let files = ServerFiles(directory: directory, name: name)
        guard files.socket.utf8.count <= Self.pathLimit else {
            throw DriverError(
                .broken,
                "cannot \(action): the socket's path '\(files.socket)' is longer than \(Self.pathLimit) bytes",
                remedy: "configure a shorter directory for exports, such as /run/volumectl"
            )
        }
        return files
    }

    private func otherMode(_ served: VolumeExport, _ action: String) -> DriverError {
        DriverError(
            .refused,
            "cannot \(action): it is exported at '\(served.uri)' " + (served.isReadOnly ? "read-only" : "for writing"),
            remedy: "end its export first"
        )
    }

    private func export(_ files: ServerFiles, isReadOnly: Bool) -> VolumeExport {
        let isPlain = { (byte: UInt8) in isalnum(Int32(byte)) != 0 && byte < 0x80 || "/-._~".utf8.contains(byte) }
        let path = files.socket.utf8
            .map { byte in
                if isPlain(byte) { return String(UnicodeScalar(byte)) }
                let digits = String(byte, radix: 16, uppercase: true)
                return "%" + (digits.utf8.count == 1 ? "0" : "") + digits
            }
            .joined()
        let uri = "nbd+unix:///\(files.name)?socket=\(path)"
        return VolumeExport(type: .nbd, uri: uri, isReadOnly: isReadOnly)
    }

    /// Stops a server that has no clients.
    private func end(_ pid: pid_t, _ files: ServerFiles, _ action: String) async throws(DriverError) {
        let clients = await clientsThatStay(files)
        guard clients == 0 else {
            throw DriverError(
                .busy,
                "cannot \(action): '\(files.socket)' has \(clients) client\(clients == 1 ? "" : "s")",
                remedy: "disconnect them"
            )
        }
        guard await ServerProcess.end(pid, files) else {
            throw DriverError(
                .broken,
                "cannot \(action): process \(pid) does not end",
                remedy: "see what it waits for: `cat /proc/\(pid)/stack`",
                leftBehind: "process \(pid)"
            )
        }
    }

    /// Returns the number of connected clients. A client that has disconnected counts until the server notices that.
    private func clientsThatStay(_ files: ServerFiles) async -> Int {
        let end = ContinuousClock.now + .seconds(1)
        while true {
            let clients = ConnectedClients.count(of: files.socket)
            if clients == 0 || ContinuousClock.now > end { return clients }
            // Sleeps even when cancelled, because it is short.
            await Task { try? await Task.sleep(for: .milliseconds(10)) }.value
        }
    }

    /// Returns whether the server answers. A server whose starter was killed may still be starting.
    private func isReady(_ files: ServerFiles, _ pid: pid_t) async throws(DriverError) -> Bool {
        for _ in 1...100 {
            if UnixSocket.answers(files.socket) { return true }
            guard ServerProcess.isOurs(pid, files) else { return false }
            do {
                try await Task.sleep(for: .milliseconds(50))
            } catch {
                throw DriverError(.cancelled, "cancelled while waiting for the server of '\(files.name)'")
            }
        }
        return false
    }

    private func launch(
        _ files: ServerFiles,
        _ image: NBDImage,
        _ purpose: Purpose,
        _ isReadOnly: Bool,
        _ action: String
    ) async throws(DriverError) {
        let call = ProgramCall(
            Self.program,
            ["--fork"] + (purpose == .everyClient ? ["--persistent"] : [])
                + (isReadOnly ? [Self.readOnlyArgument] : []) + [
                    "--shared=16", "--discard=unmap", "--pid-file=\(files.pidFile)", files.socketArgument,
                    "--export-name=\(files.name)", image.specification,
                ],
            environment: image.environment,
            startsService: true
        )
        let result: ProgramResult
        do {
            // Waits even when cancelled, because a server that is killed during its start leaves what it opened.
            result = try await runner.run(call, leniency: call.timeLimit)
        } catch {
            await abandon(files)
            throw DriverError(error, "cannot \(action)", package: Self.package)
        }
        guard result.isSuccess else {
            await abandon(files)
            let remedy = "find the program that has it open: only one at a time can write to a volume"
            throw DriverError(.broken, "cannot \(action)", call, result, remedy: remedy)
        }
    }

    private func abandon(_ files: ServerFiles) async {
        if let pid = ServerProcess.find(files) { await ServerProcess.end(pid, files) }
        files.remove()
    }
}
