internal import Glibc

enum ServerProcess {
    /// The time limits for a server to end after each signal. A slow backend delays the closing of files.
    private static let patience = [(SIGTERM, Duration.seconds(30)), (SIGKILL, .seconds(5))]

    /// Returns the process that serves the socket; `nil` if there is none.
    static func find(_ files: ServerFiles) -> pid_t? {
        if let text = contents(of: files.pidFile), let pid = pid_t(text.filter(\.isNumber)), isOurs(pid, files) {
            return pid
        }
        // The process that started it may have been killed before there was a pid file.
        return processes().first { isOurs($0, files) }
    }

    /// Returns whether the process runs and serves this very socket.
    static func isOurs(_ pid: pid_t, _ files: ServerFiles) -> Bool {
        guard let line = contents(of: "/proc/\(pid)/cmdline") else { return false }
        let words = line.split(separator: "\0")
        return words.first?.hasSuffix(NBDServer.program) == true && words.contains(Substring(files.socketArgument))
    }

    /// Whether the process refuses its clients' writes.
    static func isReadOnly(_ pid: pid_t) -> Bool {
        contents(of: "/proc/\(pid)/cmdline")?.split(separator: "\0")
            .contains(Substring(NBDServer.readOnlyArgument)) == true
    }

    /// Asks the process to end, then kills it. Returns `false` if it still runs.
    @discardableResult
    static func end(_ pid: pid_t, _ files: ServerFiles) async -> Bool {
        for (signal, time) in patience {
            let end = ContinuousClock.now + time
            while ContinuousClock.now < end {
                if hasEnded(pid, files) { return true }
                // Repeats the signal, because a process that has just started may ignore it.
                kill(pid, signal)
                // Sleeps even when cancelled, because the process is ending already.
                await Task { try? await Task.sleep(for: .milliseconds(20)) }.value
            }
        }
        return false
    }

    /// Returns whether the process has closed its files. An ending process loses its arguments before that.
    private static func hasEnded(_ pid: pid_t, _ files: ServerFiles) -> Bool {
        guard let line = contents(of: "/proc/\(pid)/cmdline") else { return true }
        guard line.isEmpty else { return !isOurs(pid, files) }
        // The state follows the name, which is in parentheses.
        guard let words = contents(of: "/proc/\(pid)/stat"), let end = words.lastIndex(of: ")") else { return true }
        return words[end...].hasPrefix(") Z") || words[end...].hasPrefix(") X")
    }

    private static func processes() -> [pid_t] {
        guard let directory = opendir("/proc") else { return [] }
        defer { closedir(directory) }
        var pids: [pid_t] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let pid = pid_t(name) { pids.append(pid) }
        }
        return pids
    }

    private static func contents(of path: String) -> String? { SmallFile.read(path) }
}

/// Small files that are read whole, such as those in `/proc`.
enum SmallFile {
    /// Returns `nil` if the file can't be read.
    static func read(_ path: String) -> String? {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = Glibc.read(file, &buffer, buffer.count)
            guard count > 0 else { return count == 0 ? String(decoding: bytes, as: UTF8.self) : nil }
            bytes += buffer.prefix(count)
        }
    }
}
