internal import Glibc
internal import Ownership
internal import SQL

/// Copies a database that may be in use.
struct DatabaseCopy {
    private let source: String
    private let locks: OwnerLocks

    /// - Parameter source: the path of the database, without symbolic links.
    init(of source: String, _ locks: OwnerLocks) {
        self.source = source
        self.locks = locks
    }

    /// Writes the copy, readable only by its owner: a complete, checked and durable copy, or nothing.
    ///
    /// - Throws: `exists` if there is a file at `path`, or the database itself uses that path.
    func write(to path: String) throws(SQLError) {
        let (target, directory) = try place(of: path)
        let own = target[directory.endIndex...]
        let draft = directory + ".\(own).\(UInt64.random(in: .min ... .max))"
        try make(draft)
        defer { for file in [draft] + DatabaseFile.companions(of: draft) { unlink(file) } }
        try DatabaseFile.openForReading(source, locks).execute("VACUUM INTO ?", draft)
        try check(draft)
        try synchronize(draft)
        try name(draft, target)
        try synchronize(directory)
    }

    /// Checks that a file could be created at `path`.
    func requireWritable(_ path: String) throws(SQLError) {
        let (_, directory) = try place(of: path)
        guard faccessat(AT_FDCWD, directory, W_OK | X_OK, AT_EACCESS) == 0 else { throw failure(directory) }
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
        return (target, String(target[...(target.lastIndex(of: "/") ?? target.startIndex)]))
    }

    /// Renames the draft, unless there is a file at the target by now.
    private func name(_ draft: String, _ target: String) throws(SQLError) {
        if link(draft, target) == 0 { return }
        guard errno == EPERM || errno == EOPNOTSUPP, try !DatabaseFile.exists(target) else {
            throw errno == EEXIST ? SQLError(.exists, "\(target): there is a file already") : failure(target)
        }
        // The file system has no hard links.
        guard rename(draft, target) == 0 else { throw failure(target) }
    }

    private func make(_ path: String) throws(SQLError) {
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failure(path) }
        defer { close(file) }
        guard fchmod(file, 0o600) == 0 else { throw failure(path) }
    }

    private func check(_ path: String) throws(SQLError) {
        let rows = try SQLiteConnection(.unchanging(path)).query("PRAGMA integrity_check")
        let findings = try rows.map { row throws(SQLError) -> String in try row(0) }
        guard findings == ["ok"] else {
            throw SQLError(
                .corrupt,
                "\(source): a copy of it is damaged: \(findings.prefix(3).joined(separator: "; "))"
            )
        }
    }

    private func synchronize(_ path: String) throws(SQLError) {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw failure(path) }
        defer { close(file) }
        guard fsync(file) == 0 else { throw failure(path) }
    }

    private func failure(_ path: String) -> SQLError {
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
