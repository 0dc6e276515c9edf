internal import Foundation
internal import PostgreSQL
public import SQL
internal import SQLite

extension ConfiguredDatabase {
    /// Examines the database. Nothing is created or changed.
    ///
    /// - Parameter stateDirectory: the directory for the file that this host's processes share if the database is on a server.
    /// - Throws: ``SQLError`` if there is no such database, or it can't be read.
    public func examine(in stateDirectory: String) async throws -> DatabaseCondition {
        if let path { return try await SQLiteDatabase.examine(at: path) }
        let database = try open(for: .look, in: stateDirectory)
        do {
            let condition = try await database.examine()
            await database.close()
            return condition
        } catch {
            await database.close()
            throw error
        }
    }

    /// The size of the database in bytes, and that of its log; `nil` where that can't be seen without a look at all of it.
    public var fileSizes: (database: Int64, log: Int64)? {
        func size(_ path: String) -> Int64? {
            (try? FileManager.default.attributesOfItem(atPath: path))?[.size].flatMap { ($0 as? NSNumber)?.int64Value }
        }
        guard let path, let database = size(path) else { return nil }
        return (database, size(path + "-wal") ?? 0)
    }
}

/// A copy that is to be put in the place of a database file.
public struct DatabaseReplacement: Sendable {
    private let restore: DatabaseRestore

    /// - Parameters:
    ///   - path: the path of the database.
    ///   - copy: the path of the copy.
    /// - Throws: ``SQLError``: `exists` if both are the same file; if the paths can't be followed.
    public init(of path: String, by copy: String) throws { restore = try DatabaseRestore(of: copy, to: path) }

    /// Returns what is wrong with the database that is in place; `nil` if it is not damaged.
    ///
    /// - Throws: ``SQLError``: `busy` if a process uses it.
    public func flaw() async throws -> String? {
        switch try await restore.present() {
        case .nothing: "it is not there"
        case .damaged(let damage): "it is damaged: \(damage)"
        case .sound: nil
        }
    }

    /// Checks that the copy is undamaged.
    ///
    /// - Throws: ``SQLError``: `corrupt` if it is damaged; if it can't be read.
    public func verify() async throws { try await restore.verify() }

    /// Puts the copy in place, durably.
    ///
    /// - Returns: the file in which the former database is kept; `nil` if there was none.
    /// - Throws: ``SQLError``: `busy` if a process uses the database; `corrupt` if the copy is damaged.
    public func run() async throws -> String? { try await restore.run() }
}
