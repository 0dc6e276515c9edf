public import SQL

extension VolumeService {
    /// The version of a group of tables in a database.
    public struct TableVersion: Sendable, Hashable {
        /// The name of the group.
        public let name: String
        /// The version that the database has; 0 if it has no such tables.
        public let found: Int
        /// The newest version that this program knows.
        public let known: Int
    }

    /// Returns the versions of the tables in a database, in the order in which they are made.
    ///
    /// - Throws: ``SQLError`` if they can't be read.
    public static func tableVersions(in connection: any SQLConnection) throws -> [TableVersion] {
        let found = try StoreCopy.schemas.versions(in: connection)
        return StoreCopy.schemas
            .map { TableVersion(name: $0.name, found: found[$0.name, default: 0], known: $0.steps.count) }
    }
}
