internal import Foundation
public import PostgreSQL
public import SQL
internal import SQLite

/// The database of the service, as it is configured.
public enum ConfiguredDatabase: Sendable, Hashable {
    /// An SQLite file on this host.
    case file(String)
    /// A database on a PostgreSQL server, which many hosts can share.
    case server(ServerAddress)

    /// - Parameter text: the address of a server, if it begins like one; otherwise the path of a file.
    public init(_ text: String) {
        self = ServerAddress.isAddress(text) ? .server(ServerAddress(text)) : .file(text)
    }

    /// The path of a file; `nil` for a database on a server.
    public var path: String? { if case .file(let path) = self { path } else { nil } }

    /// The path with which the names of files begin that this host keeps for the database.
    func localFiles(in stateDirectory: String) -> String { path ?? stateDirectory + "/postgresql" }

    /// Whether the database is a file that doesn't exist yet.
    public var isMissingFile: Bool {
        guard let path else { return false }
        return !FileManager.default.fileExists(atPath: path)
    }

    /// Whether nothing has been stored yet: the file is missing, or the database on a server has no tables. `false` if that
    /// can't be found out.
    public var isFresh: Bool {
        guard path == nil else { return isMissingFile }
        return (try? peek { try $0.hasTable("schema_version") }) == false
    }

    /// Opens the database.
    ///
    /// - Parameters:
    ///   - stateDirectory: the directory, which has to exist, for the file that this host's processes share if the database is
    ///     on a server; if `nil`, they know of this process by its lease alone.
    ///   - lease: how long this process holds what it works on after a server has last heard of it; `nil` for 15 seconds.
    /// - Throws: ``SQLError`` if that is not possible.
    public func open(
        for access: DatabaseAccess,
        in stateDirectory: String?,
        lease: Duration? = nil
    ) throws -> any SQLDatabase {
        switch self {
        case .file(let path): try SQLiteDatabase(path: path, access: access)
        case .server(let address):
            try PostgreSQLDatabase(
                address,
                access: access,
                hostFile: stateDirectory.map { localFiles(in: $0) + ".owners" },
                terms: lease.map(LeaseTerms.init) ?? .standard,
                observer: nil
            )
        }
    }

    /// The version of PostgreSQL's client library; `nil` unless the database is on a server and the library is loaded.
    public var clientLibrary: String? { path == nil ? PostgreSQLDatabase.clientLibrary : nil }

    /// Runs `body` on the database, which it can only read. Nothing is created, migrated or waited for.
    ///
    /// - Throws: ``SQLError`` if there is no such database, or it can't be read at once; the error of `body`.
    public func peek<Result>(_ body: (any SQLConnection) throws -> Result) throws -> Result {
        switch self {
        case .file(let path): try SQLiteDatabase.peek(at: path, body)
        case .server(let address): try PostgreSQLDatabase.peek(at: address, body)
        }
    }
}

extension ConfiguredDatabase: CustomStringConvertible {
    /// The path of the file, or the address of the server without its password.
    public var description: String {
        switch self {
        case .file(let path): path
        case .server(let address): "\(address)"
        }
    }
}
