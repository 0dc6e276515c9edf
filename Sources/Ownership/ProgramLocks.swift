internal import Glibc

/// The programs that a process has executed for what it holds, which may outlive it.
///
/// Each of them inherits an open file that locks the bytes behind its process's own. The lock's length says until when the
/// program may take, in seconds since the system was started: who finds it knows when to wait no longer, although the
/// process that would have ended the program is gone.
package struct ProgramLocks: Sendable {
    /// How many bits of an owner's byte are left to its programs: enough for a century of seconds.
    static let bits: Int64 = 32

    private let owner: Int64
    private let file: LockFile

    /// - Parameter owner: the byte of a process.
    init(of owner: Int64, in file: LockFile) {
        self.owner = owner
        self.file = file
    }

    /// Opens a file for a program that takes `limit` at most, to be inherited by that and closed here.
    func openFile(for limit: Duration) throws(OwnerLockError) -> Int32 {
        // By the descriptor, as another file may have the path by now.
        let path = "/proc/self/fd/\(file.descriptor)"
        let opened = open(path, O_RDONLY | O_CLOEXEC)
        guard opened >= 0 else { throw OwnerLockError(path: file.path, number: errno) }
        // It may be the program's standard input, which is empty.
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

    /// Whether none of them is there any more.
    package var isEmpty: Bool { rest(from: 0).isFree(in: file) }

    /// For how long the last of them may still take; zero or less when all should have been ended.
    private var remaining: Duration {
        var end: Int64 = 0
        while end < (1 << Self.bits) - 1, case .locked(let lock) = rest(from: end).state(in: file.descriptor),
            lock.length > end
        {
            end = lock.length
        }
        return .seconds(end - Self.now)
    }

    /// Those that can be seen from here, each the first process of a session.
    package var processes: [Int32] {
        ProcessList.all.filter { process in
            Lifeline.childDescriptors.contains { number in
                ProcessList.locks(of: process, descriptor: number).contains { $0 == owner + 1 }
            }
        }
    }

    /// Asks them to end, and kills those that are left after `grace`. Returns whether all have ended.
    private func end(within grace: Duration) async -> Bool {
        for (signal, time) in [(SIGTERM, grace), (SIGKILL, grace)] {
            let sessions = Set(processes.map(getpgid)).filter { $0 > 1 && $0 != getpgrp() }
            for session in sessions { kill(-session, signal) }
            let end = ContinuousClock.now + time
            while ContinuousClock.now < end {
                if isEmpty, sessions.allSatisfy({ kill(-$0, 0) != 0 }) { return true }
                // Also when cancelled: what has begun to end is waited for.
                await Task { try? await Task.sleep(for: .milliseconds(20)) }.value
            }
        }
        return isEmpty
    }

    /// Waits until they have ended, and ends those that take too long. Returns whether none is left.
    ///
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

    /// In seconds since the system was started, which is the same for all processes and never set back.
    private static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Int64(time.tv_sec)
    }
}

extension ProgramLocks: CustomStringConvertible {
    /// For people: which they are.
    package var description: String {
        let numbers = processes
        return numbers.isEmpty ? "a program" : "program \(numbers.map(String.init).joined(separator: ", "))"
    }
}

/// The processes of this system, as far as `/proc` shows them.
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

    /// Where the locks begin that an open file of a process holds.
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
