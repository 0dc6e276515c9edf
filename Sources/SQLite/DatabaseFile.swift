internal import Glibc
internal import Ownership
internal import SQL

/// The files of a database.
enum DatabaseFile {
    /// Resolves all symbolic links in `path`, as the database's other files are found by the resolved path.
    ///
    /// If the directory doesn't exist, the path is returned unchanged.
    ///
    /// - Throws: `notPermitted` if a directory can't be searched; `cannotOpen` for other failures.
    static func resolve(_ path: String) throws(SQLError) -> String {
        if let resolved = realpath(path) { return resolved }
        guard errno == ENOENT else { throw failure(path) }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard let name = parts.last, !name.isEmpty else { throw failure(path) }
        let directory = parts.count == 1 ? "." : parts.dropLast().joined(separator: "/") + "/"
        guard let resolved = realpath(directory) else {
            guard errno == ENOENT else { throw failure(path) }
            return path
        }
        return (resolved == "/" ? "" : resolved) + "/" + name
    }

    /// The directory of a path without symbolic links, with a slash at the end, and the name of the file.
    static func parts(of path: String) -> (directory: String, name: String) {
        let end = path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex
        return (String(path[..<end]), String(path[end...]))
    }

    /// The files in which an owner of the database locks its byte.
    static func lockFiles(of path: String) -> [String] { [path, path + ".owners"] }

    /// The files that SQLite and this module keep beside the database.
    static func companions(of path: String) -> [String] {
        ["-wal", "-shm", "-journal", ".owners", ".reserve"].map { path + $0 }
    }

    /// - Throws: `notPermitted` or `cannotOpen` if it can't be found out.
    static func exists(_ path: String) throws(SQLError) -> Bool {
        var status = stat()
        if lstat(path, &status) == 0 { return true }
        guard errno == ENOENT else { throw failure(path) }
        return false
    }

    /// Whether there is a write-ahead log that isn't empty, or it can't be found out.
    static func hasLog(_ path: String) -> Bool {
        var status = stat()
        guard lstat(path + "-wal", &status) == 0 else { return errno != ENOENT }
        return status.st_size > 0
    }

    /// Opens a database for reading only.
    ///
    /// If SQLite's log and shared memory exist or can be created, the database is read while others write it. Otherwise
    /// no process has it open for writing, and without a log its file is complete and can be read as unchanging.
    ///
    /// - Parameter patience: how long a statement waits for other processes, in milliseconds.
    static func openForReading(
        _ path: String,
        _ locks: OwnerLocks? = nil,
        patience: Int32 = SQLiteConnection.patience
    ) throws(SQLError) -> SQLiteConnection {
        let connection = try SQLiteConnection(.reading(path), locks: locks, patience: patience)
        do throws(SQLError) {
            _ = try connection.query("PRAGMA schema_version")
            return connection
        } catch {
            guard error.code == .cannotOpen || error.code == .notPermitted else { throw error }
            guard !hasLog(path) else {
                throw SQLError(error.code, "\(path): its latest changes are in \(path)-wal, which can't be read here")
            }
            return try SQLiteConnection(.unchanging(path), locks: locks)
        }
    }

    private static func realpath(_ path: String) -> String? {
        guard let resolved = Glibc.realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    private static func failure(_ path: String) -> SQLError {
        let number = errno
        return SQLError(
            [EACCES, EPERM].contains(number) ? .notPermitted : .cannotOpen,
            "\(path): \(String(cString: strerror(number)))"
        )
    }
}

extension SQLError {
    init(_ error: OwnerLockError) {
        self.init(error.isPermission ? .notPermitted : error.isFull ? .full : .cannotOpen, "\(error)")
    }
}
