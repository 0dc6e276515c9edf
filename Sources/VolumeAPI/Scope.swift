/// The project and user on whose behalf a request is made: the request sees and changes only that project's objects.
public struct Scope: Sendable, Hashable, Codable {
    /// The rights of a user, as far as a ``Policy`` asks for no other role. A role includes those before it.
    public enum Role: String, Sendable, Hashable, Codable, CaseIterable, Comparable {
        /// May look at the objects of the project.
        case reader
        /// May create, change and remove objects of the project.
        case member
        /// May change quotas, volume types and pools, which concern other projects, too.
        case admin

        /// Whether `left` is one of the roles that `right` includes besides itself.
        public static func < (left: Role, right: Role) -> Bool { left.rank < right.rank }

        private var rank: Int {
            switch self {
            case .reader: 0
            case .member: 1
            case .admin: 2
            }
        }
    }

    /// The project whose volumes, flows and quota are used.
    public let project: String
    /// The user, for the record.
    public let user: String
    /// The user's roles.
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

    /// Whether the user has the role or one that includes it.
    public func has(_ role: Role) -> Bool { roles.contains { $0 >= role } }
}
