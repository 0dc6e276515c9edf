import Programs
import Testing

/// What the driver does to real logical volumes, in a guest kernel that each test starts for itself.
@Suite(
    "On real device-mapper",
    .enabled("there is no guest kernel, which `Scripts/guest/prepare` fetches") { try await Guest.isPrepared() }
)
struct GuestTests {
    @Test("the rules of what volumes hold are kept by thin and by thick volumes", arguments: ["thin", "thick"])
    func contents(type: String) async throws {
        let rules = [
            "delete-spares-others", "data-is-kept", "data-never-leaks", "extend-keeps-data", "snapshot-immutable",
            "from-snapshot-exact", "revert-restores", "clone-independent", "image-round-trip", "attach-keeps-data",
        ]
        let report = try await Guest.run("driver-check", [type] + rules.flatMap { ["--rule", $0] }, minutes: 15)
        #expect(report.contains("\(rules.count) passed, 0 failed, 0 skipped"))
    }

    /// Takes ten times longer: `make test-lvm` is for this one.
    @Test("every rule of the contract is kept by thin and by thick volumes", arguments: ["thin", "thick"])
    func rules(type: String) async throws {
        let report = try await Guest.run("driver-check", [type], minutes: 40)
        #expect(report.contains("passed   create-exact-size"))
        #expect(report.contains("passed   export-excludes-attach"))
        #expect(!report.contains("FAILED"))
    }

    @Test(
        "a volume is created, holds a file system, and is removed; the next reads as zeros",
        arguments: ["thin", "thick"]
    )
    func createFlow(type: String) async throws {
        try await Guest.run("create-flow", [type], minutes: 10)
    }

    @Test(
        "a volume is served, is in use meanwhile, and outlives its server",
        Self.hasNBD,
        arguments: ["thin", "thick"]
    )
    func exportFlow(type: String) async throws {
        let output = try await Guest.run("export-flow", [type], minutes: 10)
        #expect(output.contains("export-size: 33554432"))
    }

    @Test(
        "killed before or after any command, the beginning and the end of an export leave what its end mends",
        Self.hasNBD,
        arguments: ["thin", "thick"]
    )
    func killsOfExports(type: String) async throws {
        let output = try await Guest.run("export-kills", [type], minutes: 10)
        #expect(output.contains("export: killed at 5 calls, after each"))
    }

    @Test(
        "killed before or after any command of LVM, a create and a removal leave a volume or nothing",
        arguments: ["thin", "thick"]
    )
    func kills(type: String) async throws {
        let output = try await Guest.run("kills", [type], minutes: 20)
        #expect(output.contains("create: killed at "))
        #expect(output.contains("rm: killed at "))
    }

    private static let hasNBD = ConditionTrait.enabled(
        if: ["qemu-nbd", "nbdinfo", "nbdcopy"].allSatisfy { ProgramPath.find($0) != nil },
        "needs qemu-utils and libnbd-bin: Scripts/install-dependencies"
    )
}
