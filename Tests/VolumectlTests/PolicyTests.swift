import Foundation
import Glibc
import TestKit
import Testing

/// Who may do what, by the policy of the configuration and the user of the process.
@Suite(.scratchDirectory)
struct PolicyTests {
    private static let stranger: UInt32 = 65534

    /// Calls the program as another user, with a database of that user's own.
    private func strange(_ arguments: String..., policy: String) async throws -> Run {
        let directory = try Scratch.directory("strange")
        try #require(chown(directory, Self.stranger, Self.stranger) == 0)
        let variables = [
            "VOLUMECTL_CONFIG": try Scratch.write(policy, to: "policy.yaml"),
            "VOLUMECTL_STATE_DIRECTORY": directory + "/state",
        ]
        return try await Command(arguments: arguments, variables: variables, user: Self.stranger).run()
    }

    @Test(.enabled("needs root, to be another user") { Machine.isRoot })
    func `a user has the roles of the lists that name the user, and a denial names its rule`() async throws {
        let readers = "policy: {readers: ['*'], admins: [somebody]}\n"
        expect(0, from: try await strange("ls", policy: readers))
        let denied = try await strange("create", "a", "1M", policy: readers)
        expect(11, from: denied)
        let error = try denied.error
        #expect(error.cause?.hasPrefix("rule 'volume:create' demands role member, and user ") == true)
        #expect(error.aftermath == "nothing was changed")
        try await expectAccepted(error.remedies)
        let members = "policy: {members: [\(Self.stranger)], rules: {'volume:delete': admin}}\n"
        expect(0, from: try await strange("create", "a", "1M", policy: members))
        let kept = try await strange("rm", "a", "-y", policy: members)
        expect(11, from: kept)
        #expect(try kept.error.cause?.contains("'volume:delete'") == true)
        expect(0, from: try await strange("rm", "a", "-y", policy: "policy: {admins: ['@\(Self.stranger)']}\n"))
        expect(0, from: try await strange("quota", "set", "--volumes", "3", policy: ""))
        expect(11, from: try await strange("ls", policy: "policy: {admins: [somebody]}\n"))
    }

    @Test func `root may do everything, and without lists everybody may`() async throws {
        let policy = try Scratch.write("policy: {rules: {'volume:create': admin}}\n")
        expect(0, from: try await volumectl("create", "a", "1M", "--config", policy))
        let rules: [RuleRecord] = try await volumectl("project", "policy", "-o", "json", "--config", policy).json()
        #expect(rules.contains(RuleRecord(rule: "volume:create", role: "admin", isAllowed: true)))
        #expect(rules.contains(RuleRecord(rule: "volume:get", role: "reader", isAllowed: true)))
        let admins = try await volumectl(
            "project",
            "policy",
            "--filter",
            "role=admin,rule~create",
            "-c",
            "rule",
            "--sort",
            "rule",
            "-o",
            "csv",
            "--config",
            policy
        )
        #expect(
            admins.lines == [
                "rule", "volume:create", "volume:create_transfer", "volume_extension:type_create",
            ],
            "\(admins)"
        )
        let shown = try await volumectl("config", "show", "--config", policy)
        #expect(shown.output.contains("policy.rules.volume:create"), "\(shown)")
    }

    @Test(arguments: [
        ("policy: {rules: {'volume:creat': admin}}", "did you mean 'volume:create'?"),
        ("policy: {rules: {'volume:create': king}}", "'king' is not a role; the roles are reader, member, admin"),
        ("policy: {admins: root}", "it is not a list"), ("policy: {admin: [root]}", "did you mean 'policy.admins'?"),
    ])
    func `a policy that can't be understood is refused`(text: String, problem: String) async throws {
        let run = try await volumectl("ls", "--config", Scratch.write(text + "\n"))
        expect(64, from: run)
        #expect(run.errors.contains(problem), "\(run)")
    }

    @Test func `a variable says nothing about what a user may do`() async throws {
        for name in ["VOLUMECTL_POLICY_ADMINS", "VOLUMECTL_POLICY_RULES_VOLUME_DELETE"] {
            expect(64, from: try await volumectl("ls", with: [name: "reader"]))
        }
    }

    @Test func `the projects of a database are listed with what they use`() async throws {
        try await volumectl("create", "a", "1")
        try await volumectl("create", "b", "1", with: ["VOLUMECTL_PROJECT": "theirs"])
        try await volumectl("quota", "set", "--volumes", "3", with: ["VOLUMECTL_PROJECT": "theirs"])
        let run = try await volumectl("project", "ls")
        #expect(run.lines.contains { $0.wholeMatch(of: /default +1 +0 +0 +1 GiB +configured/) != nil }, "\(run)")
        #expect(run.lines.contains { $0.wholeMatch(of: /theirs +1 +0 +0 +1 GiB +own/) != nil }, "\(run)")
    }
}

private struct RuleRecord: Decodable, Equatable {
    let rule: String
    let role: String
    let isAllowed: Bool
}
