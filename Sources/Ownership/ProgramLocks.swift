internal import Glibc

/// The programs that a process has executed for its runs, which may outlive the process.
///
/// Each program inherits an open file that locks the bytes after its process's own. The lock's length encodes the
/// program's deadline, in seconds since the system was started, so that other processes know when to end the program if
/// the process that would have done so is gone.
package struct ProgramLocks: Sendable {
    /// The number of low bits of an owner's byte that are left to its programs: enough for a century of seconds.
    static let bits: Int64 = 32

    private let owner: Int64
    private let file: LockFile

    /// - Parameter owner: the byte that the process has locked.
    init(of owner: Int64, in file: LockFile) {
        self.owner = owner
        self.file = file
    }

    /// Opens a file for a program with the time limit `limit`. The program inherits the file, and the caller closes it.
    func openFile(for limit: Duration) throws(OwnerLockError) -> Int32 {
        // Opened by the descriptor, since the path may lead to another file by now.
        let path = "/proc/self/fd/\(file.descriptor)"
        let opened = open(path, O_RDONLY | O_CLOEXEC)
        guard opened >= 0 else { throw OwnerLockError(path: file.path, number: errno) }
        // The file may become the program's standard input, which has to be empty.
        lseek(opened, 1 << 20, SEEK_END)
        do throws(FileLockError) {
            let end = min(Self.now + limit.components.seconds + 1, (1 << Self.bits) - 2)
            try FileLock(from: owner + 1, length: end).set(F_RDLCK, in: opened)
        } catch {
            close(opened)
            throw OwnerLockError(path: file.path, number: error.number)
        }
        return opened
    }

    /// Whether all programs have ended.
    package var isEmpty: Bool { rest(from: 0).isFree(in: file) }

    /// The time until the last program's deadline; zero or less if all programs are overdue.
    private var remaining: Duration {
        var end: Int64 = 0
        while end < (1 << Self.bits) - 1, case .locked(let lock) = rest(from: end).state(in: file.descriptor),
            lock.length > end
        {
            end = lock.length
        }
        return .seconds(end - Self.now)
    }

    /// The programs that this process can see, each as the first process of a session.
    package var processes: [Int32] {
        ProcessList.all.filter { process in
            Lifeline.childDescriptors.contains { number in
                ProcessList.locks(of: process, descriptor: number).contains { $0 == owner + 1 }
            }
        }
    }

    /// Terminates the programs, and kills those that are left after `grace`. Returns whether all have ended.
    private func end(within grace: Duration) async -> Bool {
        for (signal, time) in [(SIGTERM, grace), (SIGKILL, grace)] {
            let sessions = Set(processes.map(getpgid)).filter { $0 > 1 && $0 != getpgrp() }
            for session in sessions { kill(-session, signal) }
            let end = ContinuousClock.now + time
            while ContinuousClock.now < end {
                if isEmpty, sessions.allSatisfy({ kill(-$0, 0) != 0 }) { return true }
                // In a task of its own, so that a cancellation doesn't interrupt the wait.
                await Task { try? await Task.sleep(for: .milliseconds(20)) }.value
            }
        }
        return isEmpty
    }

    /// Waits until the programs have ended, and ends those that exceed the time limits of their calls.
    ///
    /// - Returns: whether all have ended.
    /// - Throws: `CancellationError`.
    package func waitForEnd() async throws -> Bool {
        while !isEmpty {
            if remaining <= .zero { return await end(within: .seconds(2)) }
            try await Task.sleep(for: .milliseconds(50))
        }
        return true
    }

    private func rest(from end: Int64) -> FileLock {
        FileLock(from: owner + 1 + end, length: (1 << Self.bits) - 1 - end)
    }

    /// The seconds since the system was started, which are the same for all processes and never go back.
    private static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Int64(time.tv_sec)
    }
}

extension ProgramLocks: CustomStringConvertible {
    /// The programs, as a message names them.
    package var description: String {
        let numbers = processes
        return numbers.isEmpty ? "a program" : "program \(numbers.map(String.init).joined(separator: ", "))"
    }
}

/// The processes of this system that `/proc` shows.
private enum ProcessList {
    static var all: [pid_t] {
        guard let directory = opendir("/proc") else { return [] }
        defer { closedir(directory) }
        var processes: [pid_t] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let process = pid_t(name) { processes.append(process) }
        }
        return processes
    }

    /// The first bytes of the locks that an open file of a process holds.
    static func locks(of process: pid_t, descriptor: Int32) -> [Int64] {
        let file = open("/proc/\(process)/fdinfo/\(descriptor)", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return [] }
        defer { close(file) }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = read(file, &buffer, buffer.count)
        // lock:	1: OFDLCK ADVISORY  READ -1 fe:00:1234 4294967297 4294970000
        return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
            .split(separator: "\n")
            .filter { $0.hasPrefix("lock:") }
            .compactMap { line in line.split(separator: " ").dropLast().last.flatMap { Int64($0) } }
    }
}
