internal import Glibc
internal import Synchronization

/// Tells which processes are alive, without asking them and without a moment in which the answer is wrong.
///
/// Each process that writes locks one byte, chosen at random and recorded with what it holds, in several files: in what is
/// written itself, which is known by what it is and not by its path, and in one beside it, which stays when what is written
/// is replaced. The kernel drops the locks with the process, however that ends, and even across process id namespaces. The
/// bytes behind it, in the last file, belong to the programs that the process executes, see ``ProgramLocks``.
package final class OwnerLocks: Sendable {
    /// The byte that this process has locked; 0 if it only looks.
    package let own: Int64
    /// What to call this process, for people.
    package let label = "process \(getpid())"
    let files: [LockFile]
    /// Whether a task of this process keeps the watch.
    let isWatching = Mutex(false)

    /// Beyond every byte that SQLite locks in its own file (around 2^30).
    private static let firstByte: Int64 = 1 << 40
    /// Beyond every byte that an owner may have.
    static let openingByte: Int64 = 1 << 62

    /// Opens the files, made if they aren't there, and locks a byte of each for as long as this value lives.
    ///
    /// - Parameter paths: the first is that of what is written.
    package init(paths: [String]) throws(OwnerLockError) {
        var files: [LockFile] = []
        for path in paths { files.append(try LockFile(path: path, isWritable: true)) }
        self.files = files
        // The low half is for the programs of the process.
        own =
            .random(in: (Self.firstByte >> ProgramLocks.bits)..<(Self.openingByte >> ProgramLocks.bits))
            << ProgramLocks.bits
        for file in files { try file.lock(own) }
    }

    /// Opens those of the files that can be read, to look at the locks of others.
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

    /// Whether the process that locked `byte` is gone, with every program that it executed for what it held. Never true of
    /// this process's own, nor where it can't be found out.
    package func isAbandoned(_ byte: Int64) -> Bool {
        guard byte != own, !files.isEmpty else { return false }
        return files.allSatisfy(FileLock(from: byte, length: 1 << ProgramLocks.bits).isFree)
    }

    /// The programs that the process that locked `byte` has left behind; `nil` while it is alive, and when there are none.
    package func programs(leftBy byte: Int64) -> ProgramLocks? {
        guard byte != own, let file = files.last, files.allSatisfy(FileLock(from: byte).isFree) else { return nil }
        let programs = ProgramLocks(of: byte, in: file)
        return programs.isEmpty ? nil : programs
    }

    /// Who holds what is recorded for the process called `label` that locked `byte`, for people.
    package func holder(_ label: String, _ byte: Int64) -> String {
        programs(leftBy: byte).map { "\($0), which \(label) has left behind" } ?? label
    }

    /// Whether another process that writes is alive.
    package var isShared: Bool {
        !files.allSatisfy(FileLock(from: Self.firstByte, length: Self.openingByte - Self.firstByte).isFree)
    }

    /// Drops this process's byte: it holds nothing any more.
    package func retire() {
        for file in files { file.unlock(own) }
    }

    /// Makes sure that the path of what is written still leads to the file that was opened, and that no other path does.
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

/// What is wrong with a file of the locks.
package struct OwnerLockError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The file.
    package let path: String
    /// The system's number for it; 0 if it is not the system that objects.
    package let number: Int32
    /// What is wrong with it.
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
    /// Whether the file or its directory isn't there.
    package var isMissing: Bool { number == ENOENT }
    /// Whether there is no room for the file.
    package var isFull: Bool { [ENOSPC, EDQUOT].contains(number) }

    /// For people: what failed, and why.
    package var description: String { "\(path): \(problem)" }
}
