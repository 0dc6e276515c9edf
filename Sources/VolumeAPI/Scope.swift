/// The project and user on whose behalf a request is made: the request sees and changes only that project's objects.
public struct Scope: Sendable, Hashable, Codable {
    /// A permission beyond those that every user of a project has.
    public enum Role: String, Sendable, Hashable, Codable, CaseIterable {
        /// May change the quotas of projects.
        case admin
    }

    /// The project whose volumes, flows and quota are used.
    public let project: String
    /// The user, for the record.
    public let user: String
    /// The user's additional permissions.
    public let roles: Set<Role>

    /// - Parameters:
    ///   - project: the project whose volumes, flows and quota are used.
    ///   - user: the user, for the record.
    ///   - roles: all by default, because a program that can open the database can change everything in it anyway.
    public init(project: String = "default", user: String = "unknown", roles: Set<Role> = Set(Role.allCases)) {
        self.project = project
        self.user = user
        self.roles = roles
    }
}
