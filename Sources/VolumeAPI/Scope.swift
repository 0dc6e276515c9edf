/// In whose name something is asked of the service: what is seen and changed is the project's.
public struct Scope: Sendable, Hashable, Codable {
    /// What somebody may do beside what everybody in a project may.
    public enum Role: String, Sendable, Hashable, Codable, CaseIterable {
        /// Changing what projects may use.
        case admin
    }

    /// Whose volumes, flows and quota.
    public let project: String
    /// Who asks, for the record.
    public let user: String
    /// What the user may do beside what everybody may.
    public let roles: Set<Role>

    /// - Parameters:
    ///   - project: whose volumes, flows and quota.
    ///   - user: who asks, for the record.
    ///   - roles: whoever has opened the database may do all.
    public init(project: String = "default", user: String = "unknown", roles: Set<Role> = Set(Role.allCases)) {
        self.project = project
        self.user = user
        self.roles = roles
    }
}
