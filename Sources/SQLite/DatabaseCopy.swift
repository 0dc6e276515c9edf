internal import Glibc
internal import Ownership
internal import SQL

/// Copies a database that may be in use.
struct DatabaseCopy {
    private let source: String
    private let locks: OwnerLocks?

    /// - Parameters:
    ///   - source: the path of the database, without symbolic links.
    ///   - locks: the locks of this process, if it uses the database.
    init(of source: String, _ locks: OwnerLocks?) {
        self.source = source
        self.locks = locks
    }

    /// Writes the copy, readable only by its owner: a complete, checked and durable copy, or nothing.
    ///
    /// - Throws: `exists` if there is a file at `path`, or the database itself uses that path.
    func write(to path: String) throws(SQLError) {
        let (target, directory) = try place(of: path)
        let draft = Self.draft(for: target)
        defer { Self.remove(draft) }
        try write(draft: draft)
        try name(draft, target)
        try Self.synchronize(directory)
    }

    /// The path of a new file in the same directory.
    static func draft(for target: String) -> String {
        let (directory, name) = DatabaseFile.parts(of: target)
        return "\(directory).\(name).\(UInt64.random(in: .min ... .max))"
    }

    /// Writes a complete, checked and durable copy to a file that nobody else knows.
    func write(draft: String) throws(SQLError) {
        try make(draft)
        try DatabaseFile.openForReading(source, locks).execute("VACUUM INTO ?", draft)
        try check(draft)
        try Self.synchronize(draft)
    }

    /// Removes what there is of a draft.
    static func remove(_ draft: String) { for file in [draft] + DatabaseFile.companions(of: draft) { unlink(file) } }

    /// Checks that a file could be created at `path`.
    func requireWritable(_ path: String) throws(SQLError) {
        let (_, directory) = try place(of: path)
        guard faccessat(AT_FDCWD, directory, W_OK | X_OK, AT_EACCESS) == 0 else { throw Self.failure(directory) }
    }

    /// The path without symbolic links, and its directory with a slash at the end.
    ///
    /// - Throws: `exists` if there is a file at `path`, or the database itself uses that path.
    private func place(of path: String) throws(SQLError) -> (target: String, directory: String) {
        let target = try DatabaseFile.resolve(path)
        guard !DatabaseFile.companions(of: source).contains(target) else {
            throw SQLError(.exists, "\(target): the database itself uses this name")
        }
        guard try !DatabaseFile.exists(target) else { throw SQLError(.exists, "\(target): there is a file already") }
        return (target, DatabaseFile.parts(of: target).directory)
    }

    /// Renames the draft, unless there is a file at the target by now.
    private func name(_ draft: String, _ target: String) throws(SQLError) {
        if link(draft, target) == 0 { return }
        guard errno == EPERM || errno == EOPNOTSUPP, try !DatabaseFile.exists(target) else {
            throw errno == EEXIST ? SQLError(.exists, "\(target): there is a file already") : Self.failure(target)
        }
        // The file system has no hard links.
        guard rename(draft, target) == 0 else { throw Self.failure(target) }
    }

    private func make(_ path: String) throws(SQLError) {
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw Self.failure(path) }
        defer { close(file) }
        guard fchmod(file, 0o600) == 0 else { throw Self.failure(path) }
    }

    private func check(_ path: String) throws(SQLError) {
        let damage = try SQLiteConnection(.unchanging(path)).damage(most: 3, checksConditions: true)
        guard damage.isEmpty else {
            throw SQLError(.corrupt, "\(source): a copy of it is damaged: \(damage.joined(separator: "; "))")
        }
    }

    /// Makes a file or a directory durable.
    static func synchronize(_ path: String) throws(SQLError) {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw Self.failure(path) }
        defer { close(file) }
        guard fsync(file) == 0 else { throw Self.failure(path) }
    }

    /// The error of the last system call.
    static func failure(_ path: String) -> SQLError {
        let number = errno
        let code: SQLError.Code =
            switch number {
            case EACCES, EPERM, EROFS: .notPermitted
            case ENOSPC, EDQUOT: .full
            case ENOENT, ENOTDIR: .cannotOpen
            default: .inputOutput
            }
        return SQLError(code, "\(path): \(String(cString: strerror(number)))")
    }
}
