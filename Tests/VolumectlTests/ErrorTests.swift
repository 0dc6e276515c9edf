import Foundation
import TestKit
import Testing

/// A call that fails if a volume "taken" of 1 GiB exists.
struct Mistake: Sendable, CustomTestStringConvertible {
    let arguments: [String]
    let status: Int32
    let code: String
    var variables: [String: String] = [:]

    init(_ status: Int32, _ code: String, _ arguments: String..., with variables: [String: String] = [:]) {
        (self.arguments, self.status, self.code, self.variables) = (arguments, status, code, variables)
    }

    var testDescription: String { arguments.joined(separator: " ") }

    static let all = [
        Mistake(3, "not_found", "show", "none"),
        Mistake(3, "not_found", "rm", "none", "-y"),
        Mistake(3, "not_found", "flow", "show", "none"),
        Mistake(3, "not_found", "flow", "retry", "0123"),
        Mistake(3, "not_found", "create", "a", "1", "--pool", "none"),
        Mistake(4, "conflict", "create", "taken", "2G"),
        Mistake(5, "quota_exceeded", "create", "a", "1", with: ["VOLUMECTL_QUOTA_VOLUMES": "1"]),
        Mistake(5, "quota_exceeded", "create", "a", "1", with: ["VOLUMECTL_QUOTA_GIGABYTES": "1"]),
        Mistake(5, "quota_exceeded", "create", "a", "2", with: ["VOLUMECTL_QUOTA_PER_VOLUME_GIGABYTES": "1"]),
        Mistake(6, "no_valid_pool", "create", "a", "7E"),
        Mistake(6, "no_valid_pool", "create", "a", "1", with: ["VOLUMECTL_POOLS_DEFAULT_PATH": "/dev/null/pool"]),
        Mistake(64, "invalid_input", "create", "a"),
        Mistake(64, "invalid_input", "create", "a/b", "1"),
        Mistake(64, "invalid_input", "create", "a", "-1"),
        Mistake(64, "invalid_input", "rm", "taken"),
        Mistake(64, "invalid_input", "ls", "--frob"),
        Mistake(64, "invalid_input", "frob"),
        Mistake(64, "invalid_input", "ls", "--config", "/none"),
        Mistake(64, "invalid_input", "ls", with: ["VOLUMECTL_QUOTA_VOLUMES": "many"]),
        Mistake(64, "invalid_input", "ls", with: ["VOLUMECTL_STATE_DIRECTORY": "relative"]),
        Mistake(10, "store_unavailable", "ls", with: ["VOLUMECTL_STATE_DIRECTORY": "/dev/null/state"]),
        Mistake(10, "store_unavailable", "ls", with: ["VOLUMECTL_DB": "/dev/null/database"]),
    ]
}

@Suite(.scratchDirectory)
struct ErrorTests {
    @Test(arguments: Mistake.all)
    func `an error says what failed, what is left behind and what to do`(mistake: Mistake) async throws {
        try await volumectl("create", "taken", "1G")
        let run = try await volumectl(mistake.arguments, with: mistake.variables)
        expect(mistake.status, from: run)
        let error = try run.error
        #expect(error.headline.first?.isUppercase == false)
        #expect(error.aftermath.hasPrefix("nothing was"))
        #expect([3, 6, 64].contains(mistake.status) || error.cause != nil, "\(run)")
        try await expectAccepted(error.remedies)
        #expect(Scratch.volumeFiles().count == 1)
    }

    @Test(arguments: Mistake.all)
    func `an error in JSON is one line with the same content`(mistake: Mistake) async throws {
        try await volumectl("create", "taken", "1G")
        let run = try await volumectl(mistake.arguments + ["-o", "json"], with: mistake.variables)
        expect(mistake.status, from: run)
        let error = try run.jsonError
        #expect(error.code == mistake.code)
        #expect(error.exit == mistake.status)
        #expect(run.notes.count == 1, "\(run)")
        try await expectAccepted(error.remedy)
    }

    @Test func `the error about no valid pool shows the reason of each pool`() async throws {
        let run = try await volumectl("create", "a", "7E")
        expect(6, from: run)
        let error = try run.error
        #expect(error.headline == "cannot create volume \"a\" (7 EiB): no pool can take it")
        #expect(error.verdicts.first?.split(separator: " ") == ["POOL", "DRIVER", "VERDICT", "WHY"])
        #expect(error.verdicts.dropFirst().first?.contains("CapacityFilter: needs 7 EiB, ") == true)
        let pools = try await volumectl("create", "a", "7E", "-o", "json").jsonError.details.pools
        #expect(pools.map(\.pool) == ["default"])
        #expect(pools.first?.verdict == "rejected")
    }

    @Test func `a removal without confirmation suggests a command that works`() async throws {
        try await volumectl("create", "taken", "1G")
        let error = try await volumectl("rm", "taken").error
        #expect(error.remedies == ["volumectl rm taken -y"])
        expect(0, from: try await volumectl("show", "taken"))
    }
}
