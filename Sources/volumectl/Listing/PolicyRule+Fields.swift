internal import VolumeAPI

/// A rule of the policy, as it applies to a user.
struct PolicyRule: Listable {
    let name: String
    /// The role that the rule demands.
    let role: Scope.Role
    /// Whether the user has that role.
    let isAllowed: Bool

    init(_ rule: Policy.Rule, _ policy: Policy, _ scope: Scope) {
        (name, role) = (rule.rawValue, policy.role(for: rule))
        isAllowed = scope.has(role)
    }

    static var plural: String { "rules" }

    var label: String { name }

    static let fields: [ListField<PolicyRule>] = [
        ListField("rule", aliases: ["name"], of: { .text($0.name) }),
        ListField("role", .word(Scope.Role.allCases.map(\.rawValue)), of: { .text($0.role.rawValue) }),
        ListField("allowed", .flag, key: "is_allowed", title: "YOU", shown: { $0.isAllowed ? "may" : "may not" }) {
            .flag($0.isAllowed)
        },
    ]
}
