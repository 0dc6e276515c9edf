import Programs
import Testing

/// What the driver does to real logical volumes, in a guest kernel that each test starts for itself.
@Suite(
    "On real device-mapper",
    .enabled("there is no guest kernel, which `Scripts/guest/prepare` fetches") { try await Guest.isPrepared() }
)
struct GuestTests {
    @Test(arguments: ["thin", "thick"])
    func `the rules of what volumes hold are kept by thin and by thick volumes`(type: String) async throws {
        let rules = [
            "delete-spares-others", "data-is-kept", "data-never-leaks", "extend-keeps-data", "snapshot-immutable",
            "from-snapshot-exact", "revert-restores", "clone-independent", "image-round-trip", "attach-keeps-data",
            "attach-read-only", "image-compare", "snapshot-image",
        ]
        let report = try await Guest.run("driver-check", [type] + rules.flatMap { ["--rule", $0] }, minutes: 15)
        #expect(report.contains("\(rules.count) passed, 0 failed, 0 skipped"))
    }

    /// Takes ten times longer: `make test-lvm` is for this one.
    @Test(arguments: ["thin", "thick"])
    func `thin and thick volumes keep every rule of the contract`(type: String) async throws {
        let report = try await Guest.run("driver-check", [type], minutes: 40)
        #expect(report.contains("passed   create-exact-size"))
        #expect(report.contains("passed   export-excludes-attach"))
        #expect(!report.contains("FAILED"))
    }

    @Test(arguments: ["thin", "thick"])
    func `a volume is created, holds a file system and is removed, and the next one reads as zeros`(type: String)
        async throws
    {
        try await Guest.run("create-flow", [type], minutes: 10)
    }

    @Test(Self.hasQEMU, arguments: ["thin", "thick"])
    func `a volume's whole life by commands is as told in LVM, and leaves nothing there`(type: String) async throws {
        try await Guest.run("life", [type], minutes: 20, disks: 2)
    }

    /// The commands are the same for thick volumes.
    @Test func `a read-only attachment killed before or after any command is cleaned up by its end, or taken up`()
        async throws
    {
        let output = try await Guest.run("attach-kills", ["thin"], minutes: 10)
        #expect(output.contains("attach-read-only: killed at 5 calls, after each"))
        #expect(output.contains("detach: killed at "))
    }

    @Test(
        Self.hasNBD,
        arguments: ["thin", "thick"]
    )
    func `a volume is exported, is busy meanwhile, and outlives its server`(type: String) async throws {
        let output = try await Guest.run("export-flow", [type], minutes: 10)
        #expect(output.contains("export-size: 33554432"))
    }

    @Test(
        Self.hasNBD,
        arguments: ["thin", "thick"]
    )
    func `an export killed before or after any command is cleaned up by its end`(type: String) async throws {
        let output = try await Guest.run("export-kills", [type], minutes: 10)
        #expect(output.contains("export: killed at 5 calls, after each"))
    }

    @Test(arguments: ["thin", "thick"])
    func `a create or removal killed before or after any LVM command leaves a volume or nothing`(type: String)
        async throws
    {
        let output = try await Guest.run("kills", [type], minutes: 20)
        #expect(output.contains("create: killed at "))
        #expect(output.contains("rm: killed at "))
    }

    private static let hasQEMU = ConditionTrait.enabled(
        if: ProgramPath.find("qemu-img") != nil,
        "needs qemu-utils: Scripts/install-dependencies"
    )
    private static let hasNBD = ConditionTrait.enabled(
        if: ["qemu-nbd", "nbdinfo", "nbdcopy"].allSatisfy { ProgramPath.find($0) != nil },
        "needs qemu-utils and libnbd-bin: Scripts/install-dependencies"
    )
}
