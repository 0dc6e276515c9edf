internal import ArgumentParser
internal import PoolConfiguration
internal import SQL
internal import VolumeAPI
internal import VolumeDriver

struct ProjectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "project",
        abstract: "List projects, and who may do what.",
        discussion: "A project needs no creation: VOLUMECTL_PROJECT or the configuration names the one in use.",
        subcommands: [ListProjects.self, ShowPolicy.self]
    )
}

struct ListProjects: ListCommand {
    typealias Record = Project

    static let access = DatabaseAccess.look
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "List the projects that have something, limits of their own or access to private types.",
        aliases: ["list"]
    )

    @OptionGroup var list: ListOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        try await print(try await service.projects(), by: service, settings, id: \.name, view: ProjectView.init)
    }
}

struct ShowPolicy: ListCommand {
    typealias Record = PolicyRule

    static let access = DatabaseAccess.look
    static let configuration = CommandConfiguration(
        commandName: "policy",
        abstract: "Show the role that each rule demands, and whether you have it."
    )

    @OptionGroup var list: ListOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        try await print(
            Policy.Rule.allCases.map { PolicyRule($0, settings.policy, settings.scope) },
            by: service,
            settings,
            id: \.name,
            view: RuleView.init
        )
    }
}

/// A project as JSON.
private struct ProjectView: Encodable {
    let schema = "volumectl.project/v1"
    let name: String
    let volumes: Int
    let snapshots: Int
    let groups: Int
    let sizeBytes: Int64
    let hasOwnLimits: Bool

    init(_ project: Project) {
        (name, hasOwnLimits) = (project.name, project.hasOwnLimits)
        (volumes, snapshots, groups) = (project.amount.volumes, project.amount.snapshots, project.groups)
        sizeBytes = project.amount.size.bytes
    }
}

/// A rule of the policy as JSON.
private struct RuleView: Encodable {
    let schema = "volumectl.rule/v1"
    let rule: String
    let role: String
    let isAllowed: Bool

    init(_ rule: PolicyRule) { (self.rule, role, isAllowed) = (rule.name, rule.role.rawValue, rule.isAllowed) }
}
