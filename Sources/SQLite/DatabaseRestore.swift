internal import Dispatch
internal import Glibc
internal import Ownership
public import SQL

/// Puts a copy of a database in the place of one that is lost or damaged, or of an older or newer state of it.
///
/// Whenever the process is killed, either the former file is in its place, or the complete copy.
public struct DatabaseRestore: Sendable {
    /// What is in the database's place.
    public enum Present: Sendable, Hashable {
        /// No file, or an empty one.
        case nothing
        /// A database that is damaged, as the words say, or a file that is no database.
        case damaged(String)
        /// A database that is not damaged.
        case sound
    }

    private let source: String
    private let target: String

    /// - Parameters:
    ///   - source: the path of the copy.
    ///   - target: the path of the database.
    /// - Throws: ``SQLError``: `cannotOpen` or `notPermitted` if the paths can't be followed; `exists` if both are the same
    ///   file.
    public init(of source: String, to target: String) throws(SQLError) {
        self.source = try DatabaseFile.resolve(source)
        self.target = try DatabaseFile.resolve(target)
        guard self.source != self.target, !DatabaseFile.companions(of: self.target).contains(self.source) else {
            throw SQLError(.exists, "\(self.target): the database itself uses this name")
        }
    }

    /// Finds out what is in the database's place now, without changing anything.
    ///
    /// - Throws: ``SQLError``: `busy` if a process uses it.
    public func present() async throws -> Present {
        try await DispatchQueue.global()
            .run { [self] in
                try requireUnused(OwnerLocks(lookingAt: DatabaseFile.lockFiles(of: target)))
                return try look()
            }
    }

    private func look() throws(SQLError) -> Present {
        var status = stat()
        guard stat(target, &status) == 0, status.st_size > 0 else { return .nothing }
        do throws(SQLError) {
            let damage = try DatabaseFile.openForReading(target).damage(most: 1)
            return damage.first.map(Present.damaged) ?? .sound
        } catch {
            guard error.code == .corrupt else { throw error }
            return .damaged(error.message)
        }
    }

    /// Checks that the file is an undamaged database, without changing anything.
    ///
    /// - Throws: ``SQLError``: `corrupt` if it is damaged; `cannotOpen` if there is no such file.
    public func verify() async throws {
        try await DispatchQueue.global()
            .run { [source] in
                guard let damage = try DatabaseFile.openForReading(source).damage(most: 1).first else { return }
                throw SQLError(.corrupt, "\(source): \(damage)")
            }
    }

    /// Puts the copy in its place, durably.
    ///
    /// - Returns: the file in which the former database is kept; `nil` if there was none.
    /// - Throws: ``SQLError``: `busy` if a process uses the database; `corrupt` if the copy is damaged. Nothing has changed then.
    public func run() async throws -> String? { try await DispatchQueue.global().run { [self] in try runNow() } }

    private func runNow() throws -> String? {
        let locks: OwnerLocks
        do throws(OwnerLockError) {
            locks = try OwnerLocks(paths: DatabaseFile.lockFiles(of: target))
        } catch {
            throw SQLError(error)
        }
        return try locks.exclusively { () throws(SQLError) in
            let draft = DatabaseCopy.draft(for: target)
            defer { DatabaseCopy.remove(draft) }
            try DatabaseCopy(of: source, nil).write(draft: draft)
            try requireUnused(locks)
            let kept = try keep(try look(), locks)
            // Durable before the copy is in place, which would take up what a former log holds.
            let directory = DatabaseFile.parts(of: target).directory
            try DatabaseCopy.synchronize(directory)
            guard rename(draft, target) == 0 else { throw DatabaseCopy.failure(target) }
            unlink(target + "-shm")
            try DatabaseCopy.synchronize(directory)
            return kept
        }
    }

    /// Keeps what is in the database's place under another name, and leaves no log.
    ///
    /// - Returns: the path of the file; `nil` if there is nothing to keep.
    private func keep(_ present: Present, _ locks: OwnerLocks) throws(SQLError) -> String? {
        let log = target + "-wal"
        if present == .sound, DatabaseFile.hasLog(target) {
            try SQLiteConnection(.writing(target), locks: locks).checkpoint()
        }
        guard present != .nothing || DatabaseFile.hasLog(target) else {
            unlink(log)
            return nil
        }
        let kept = try freeName()
        if present != .nothing { try copy(to: kept) }
        if DatabaseFile.hasLog(target) {
            guard rename(log, kept + "-wal") == 0 else { throw DatabaseCopy.failure(log) }
        } else {
            unlink(log)
        }
        return kept
    }

    /// A name that no file has.
    private func freeName() throws(SQLError) -> String {
        var (name, number) = (target + ".replaced", 1)
        while true {
            let (isTaken, hasLog) = (try DatabaseFile.exists(name), try DatabaseFile.exists(name + "-wal"))
            guard isTaken || hasLog else { return name }
            number += 1
            name = target + ".replaced.\(number)"
        }
    }

    private func copy(to path: String) throws(SQLError) {
        let from = open(target, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard from >= 0 else { throw DatabaseCopy.failure(target) }
        defer { close(from) }
        let to = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard to >= 0 else { throw DatabaseCopy.failure(path) }
        defer { close(to) }
        var piece = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let length = read(from, &piece, piece.count)
            guard length >= 0 else { throw DatabaseCopy.failure(target) }
            if length == 0 { break }
            var written = 0
            while written < length {
                let count = piece.withUnsafeBytes { write(to, $0.baseAddress?.advanced(by: written), length - written) }
                guard count > 0 else { throw DatabaseCopy.failure(path) }
                written += count
            }
        }
        guard fsync(to) == 0 else { throw DatabaseCopy.failure(path) }
    }

    private func requireUnused(_ locks: OwnerLocks) throws(SQLError) {
        guard locks.isShared else { return }
        throw SQLError(.busy, "\(target): another process uses it")
    }
}
