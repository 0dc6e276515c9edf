internal import Glibc
internal import Ownership
internal import SQL
internal import Synchronization

/// Knows whether anything but the processes that use a database has changed its file: a person, a failing copy, a disk that
/// was repaired.
///
/// Such a file is examined as a whole before the first write, which takes time in proportion to its size. A file that is
/// as it was left when it was last closed is not: what it costs to open it does not depend on its size. So damage that
/// changes neither the size nor the time of the file, as that of a failing disk, is not noticed here.
final class Soundness: Sendable {
    private let path: String
    private let locks: OwnerLocks
    private let trusts: Mutex<Bool>

    /// - Parameter path: the path of the database, before anything is written to it.
    init(of path: String, _ locks: OwnerLocks) {
        (self.path, self.locks) = (path, locks)
        var status = stat()
        let isNew = stat(path, &status) == 0 && status.st_size == 0
        let record = locks.record
        let isShared = locks.isShared
        let isTrusted = isNew || (isShared ? record?.isTrusted == true : record?.state == FileState(path: path))
        trusts = Mutex(isTrusted)
        if !isShared, (record?.isTrusted ?? false) != isTrusted {
            locks.write(FileRecord(state: record?.state, isTrusted: isTrusted))
        }
    }

    /// Examines the file, unless it is known what has changed it.
    ///
    /// - Throws: `corrupt` if it is damaged.
    func require() throws(SQLError) {
        try trusts.withLock { trusts throws(SQLError) in
            guard !trusts else { return }
            let connection = try SQLiteConnection(.writing(path), locks: locks)
            try connection.executeScript("PRAGMA query_only = ON")
            if let damage = try connection.damage(most: 1).first {
                throw SQLError(.corrupt, "\(path): \(damage); nothing was written to it")
            }
            trusts = true
            locks.write(FileRecord(state: locks.record?.state, isTrusted: true))
        }
    }

    /// Records the state in which the last process leaves the file.
    func leave() {
        guard trusts.withLock({ $0 }), !locks.isShared else { return }
        let record = FileRecord(state: FileState(path: path), isTrusted: true)
        if locks.record != record { locks.write(record) }
    }
}

extension SQLiteConnection {
    /// Reads every page, and compares indexes with their tables.
    ///
    /// - Parameters:
    ///   - most: how many of many damages are told.
    ///   - checksConditions: whether a record with a value that the table's conditions exclude is damage, as far as the
    ///     connection can tell; it is shown as unreadable otherwise.
    /// - Returns: what is damaged, in the database's own words.
    func damage(most: Int, checksConditions: Bool = false) throws(SQLError) -> [String] {
        if !checksConditions { try executeScript("PRAGMA ignore_check_constraints = ON") }
        let found = try query("PRAGMA integrity_check(\(most))").map { row throws(SQLError) -> String in try row(0) }
        // A heading stands before what was found in the tables.
        return found == ["ok"] ? [] : found.map { $0.replacing("*** in database main ***\n", with: "") }
    }
}
