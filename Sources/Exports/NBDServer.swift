internal import Glibc
public import Programs
public import VolumeDriver

/// Serves volumes over NBD, each by a `qemu-nbd` of its own on a Unix socket `NAME` in one directory.
///
/// Holds no state. Whether a volume is served is found out from the processes themselves: a pid file tells where to look,
/// and a process counts only if it has this socket among its arguments.
public struct NBDServer: Sendable {
    /// The tool, and what a person installs to have it.
    static let program = "qemu-nbd"
    static let package = "qemu-utils"

    /// How long the kernel lets the path of a socket be, and which part of that the longest names take, with a slash.
    private static let pathLimit = 107
    private static let nameLimit = 46

    let directory: String
    let runner: any ProgramRunner

    /// - Parameters:
    ///   - directory: where the sockets are: an absolute path, which need not exist yet.
    ///   - runner: what executes the tool.
    public init(directory: String, runner: any ProgramRunner = SystemPrograms()) {
        self.directory = directory
        self.runner = runner
    }

    /// How long a server stays.
    public enum Purpose: Sendable {
        /// Until it is stopped, whoever comes and goes.
        case everyClient
        /// Until its last client has gone, or until it is stopped.
        case oneClient
    }

    /// Whether this host has the tool.
    public static var isInstalled: Bool { ProgramPath.find(program) != nil }

    /// Whether this host has the tool, and the path of the directory leaves room for the names of sockets.
    public var isUsable: Bool { Self.isInstalled && fits }

    private var fits: Bool { directory.utf8.count <= Self.pathLimit - Self.nameLimit }

    /// Whether volumes can be served here, and what a person does about it if not.
    public var finding: HealthFinding {
        if !Self.isInstalled {
            return .warning("exports", "there is no '\(Self.program)'", remedy: "install \(Self.package)")
        }
        if !fits {
            let limit = Self.pathLimit - Self.nameLimit
            let message = "the path of '\(directory)' is longer than \(limit) bytes, too long for sockets"
            return .warning("exports", message, remedy: "configure another 'export-directory'")
        }
        return .ok("exports", "their sockets are in '\(directory)'")
    }

    /// Serves `image` as `name`. That it is served already is success, and answers the same.
    ///
    /// - Parameters:
    ///   - name: a volume's name on its backend.
    ///   - purpose: how long the server stays.
    ///   - action: what is being done, for errors.
    public func start(
        _ name: String,
        _ image: NBDImage,
        for purpose: Purpose = .everyClient,
        _ action: String
    ) async throws(DriverError) -> VolumeExport {
        let files = try files(of: name, action)
        return try await HostDirectory(directory)
            .locked("servers", action) { () async throws(DriverError) in
                if let pid = ServerProcess.find(files) {
                    if purpose == .everyClient, try await isReady(files, pid) { return export(files) }
                    try await end(pid, files, action)
                }
                files.remove()
                try await launch(files, image, purpose, action)
                return export(files)
            }
    }

    /// Ends the server of `name`. That there is none is success.
    ///
    /// - Throws: `busy` while somebody is connected.
    public func stop(_ name: String, _ action: String) async throws(DriverError) {
        let files = ServerFiles(directory: directory, name: name)
        guard access(directory, F_OK) == 0 else { return }
        try await HostDirectory(directory)
            .locked("servers", action) { () async throws(DriverError) in
                if let pid = ServerProcess.find(files) { try await end(pid, files, action) }
                files.remove()
            }
    }

    /// How `name` is served now; `nil` when it isn't.
    public func export(of name: String) -> VolumeExport? {
        let files = ServerFiles(directory: directory, name: name)
        return ServerProcess.find(files) != nil && UnixSocket.answers(files.socket) ? export(files) : nil
    }

    /// Whether there is a process for `name`, also one that does not serve yet or any more.
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

    private func export(_ files: ServerFiles) -> VolumeExport {
        let isPlain = { (byte: UInt8) in isalnum(Int32(byte)) != 0 && byte < 0x80 || "/-._~".utf8.contains(byte) }
        let path = files.socket.utf8
            .map { byte in
                if isPlain(byte) { return String(UnicodeScalar(byte)) }
                let digits = String(byte, radix: 16, uppercase: true)
                return "%" + (digits.utf8.count == 1 ? "0" : "") + digits
            }
            .joined()
        return VolumeExport(type: .nbd, uri: "nbd+unix:///\(files.name)?socket=\(path)")
    }

    /// Ends a server that has no clients.
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
                remedy: "look what it waits for: `cat /proc/\(pid)/stack`",
                leftBehind: "process \(pid)"
            )
        }
    }

    /// How many are connected. Whoever has hung up, as one who only looked whether the server answers, is a client still
    /// until the server takes note.
    private func clientsThatStay(_ files: ServerFiles) async -> Int {
        let end = ContinuousClock.now + .seconds(1)
        while true {
            let clients = ConnectedClients.count(of: files.socket)
            if clients == 0 || ContinuousClock.now > end { return clients }
            // Also when cancelled, as it is short.
            await Task { try? await Task.sleep(for: .milliseconds(10)) }.value
        }
    }

    /// Whether the server answers; one whose starter was killed may need a moment.
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
        _ action: String
    ) async throws(DriverError) {
        let call = ProgramCall(
            Self.program,
            ["--fork"] + (purpose == .everyClient ? ["--persistent"] : []) + [
                "--shared=16", "--discard=unmap", "--pid-file=\(files.pidFile)", files.socketArgument,
                "--export-name=\(files.name)", image.specification,
            ],
            environment: image.environment,
            startsService: true
        )
        let result: ProgramResult
        do {
            // Also when cancelled: one that is ended before it can be asked to end does not close what it has opened.
            result = try await runner.run(call, leniency: call.timeLimit)
        } catch {
            await abandon(files)
            throw DriverError(error, "cannot \(action)", package: Self.package)
        }
        guard result.isSuccess else {
            await abandon(files)
            let remedy = "look who has it open: a volume can be written to by one at a time"
            throw DriverError(.broken, "cannot \(action)", call, result, remedy: remedy)
        }
    }

    private func abandon(_ files: ServerFiles) async {
        if let pid = ServerProcess.find(files) { await ServerProcess.end(pid, files) }
        files.remove()
    }
}
