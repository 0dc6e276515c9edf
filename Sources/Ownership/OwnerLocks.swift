internal import Glibc
internal import Synchronization

/// Finds out which processes are alive, by locks that the kernel drops when a process ends.
///
/// Each process that writes locks one byte, chosen at random and recorded with the runs that it holds, in several
/// files: in the written file itself, so that different paths to it make no difference, and in a file beside it, which
/// remains if the written file is replaced. The kernel drops the locks however the process ends, and they work across
/// process id namespaces. The bytes after that byte, in the last file, belong to the programs that the process
/// executes; see ``ProgramLocks``.
package final class OwnerLocks: Sendable {
    /// The byte that this process has locked; 0 if the process only reads.
    package let own: Int64
    /// This process's name in messages.
    package let label = "process \(getpid())"
    let files: [LockFile]
    /// Whether a task of this process has the watch.
    let isWatching = Mutex(false)

    /// The smallest byte of an owner, beyond the bytes that SQLite locks in its file (around 2^30).
    private static let firstByte: Int64 = 1 << 40
    /// The byte of ``exclusively(_:)``, beyond all bytes of owners.
    static let openingByte: Int64 = 1 << 62

    /// Opens or creates the files, and locks a byte in each for the lifetime of this value.
    ///
    /// - Parameter paths: the paths of the files, that of the written file first.
    package init(paths: [String]) throws(OwnerLockError) {
        var files: [LockFile] = []
        for path in paths { files.append(try LockFile(path: path, isWritable: true)) }
        self.files = files
        // The low bits are left to the programs of the process.
        own =
            .random(in: (Self.firstByte >> ProgramLocks.bits)..<(Self.openingByte >> ProgramLocks.bits))
            << ProgramLocks.bits
        for file in files { try file.lock(own) }
    }

    /// Opens the files that can be read, to look at the locks of others.
    package init(lookingAt paths: [String]) {
        files = paths.compactMap { path in
            do throws(OwnerLockError) {
                return try LockFile(path: path, isWritable: false)
            } catch {
                return nil
            }
        }
        own = 0
    }

    /// Whether the process that locked `byte` is gone, and every program that it executed for a run has ended. `false`
    /// for this process, and if it can't be found out.
    package func isAbandoned(_ byte: Int64) -> Bool {
        guard byte != own, !files.isEmpty else { return false }
        return files.allSatisfy(FileLock(from: byte, length: 1 << ProgramLocks.bits).isFree)
    }

    /// Whether the process that locked `byte` is gone, whatever has become of its programs. `false` for this process, and
    /// if it can't be found out.
    package func isUnlocked(_ byte: Int64) -> Bool {
        guard byte != own, !files.isEmpty else { return false }
        return files.allSatisfy(FileLock(from: byte).isFree)
    }

    /// Whether the process that locked `byte`, which may be alive, has programs running for its runs.
    package func hasPrograms(of byte: Int64) -> Bool {
        guard byte != own, let file = files.last else { return false }
        return !ProgramLocks(of: byte, in: file).isEmpty
    }

    /// The identity of the last of the files.
    package var identity: FileIdentity? { files.last?.identity }

    /// The programs that the process that locked `byte` has left running; `nil` while it is alive, and if there are
    /// none.
    package func programs(leftBy byte: Int64) -> ProgramLocks? {
        guard byte != own, let file = files.last, files.allSatisfy(FileLock(from: byte).isFree) else { return nil }
        let programs = ProgramLocks(of: byte, in: file)
        return programs.isEmpty ? nil : programs
    }

    /// The holder of a flow that is recorded for the process `label` that locked `byte`, as a message names it.
    package func holder(_ label: String, _ byte: Int64) -> String {
        programs(leftBy: byte).map { "\($0), which \(label) has left behind" } ?? label
    }

    /// Whether another process that writes is alive.
    package var isShared: Bool {
        !files.allSatisfy(FileLock(from: Self.firstByte, length: Self.openingByte - Self.firstByte).isFree)
    }

    /// Unlocks this process's byte, as it no longer holds anything.
    package func retire() {
        for file in files { file.unlock(own) }
    }

    /// Checks that the written file's path still leads to the file that was opened, and that the file has no other
    /// name.
    ///
    /// - Throws: ``OwnerLockError`` if it doesn't.
    package func verifyPlace() throws(OwnerLockError) {
        guard let file = files.first else { return }
        guard let found = FileIdentity(path: file.path), found == file.identity else {
            throw OwnerLockError(
                path: file.path,
                problem: "the file was moved, removed or replaced while it was in use"
            )
        }
        guard found.links == 1 else {
            throw OwnerLockError(
                path: file.path,
                problem: "the file has \(found.links) names (hard links), each of which would get a log of its own"
            )
        }
    }

    /// Runs `body` while no other process that uses the same file runs one.
    package func exclusively<Result>(_ body: () throws -> Result) throws -> Result {
        guard let file = files.first else { return try body() }
        try file.lock(Self.openingByte)
        defer { file.unlock(Self.openingByte) }
        return try body()
    }
}

/// A file of the locks can't be used.
package struct OwnerLockError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The file.
    package let path: String
    /// The system's error number; 0 if no system call has failed.
    package let number: Int32
    /// The problem.
    package let problem: String

    init(path: String, number: Int32) {
        (self.path, self.number) = (path, number)
        problem = String(cString: strerror(number))
    }

    init(path: String, problem: String) {
        (self.path, self.number, self.problem) = (path, 0, problem)
    }

    /// Whether the file or its directory may not be written.
    package var isPermission: Bool { [EACCES, EROFS, EPERM].contains(number) }
    /// Whether the file or its directory doesn't exist.
    package var isMissing: Bool { number == ENOENT }
    /// Whether there is no space for the file.
    package var isFull: Bool { [ENOSPC, EDQUOT].contains(number) }

    /// The message for a person: what failed and why.
    package var description: String { "\(path): \(problem)" }
}
