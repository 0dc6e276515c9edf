import Foundation
import TestKit
import Testing

/// Kills a process at every commit and at every call of a driver, before and after, and looks what the next process makes
/// of what is left. The moments are counted until a run survives: a new step is covered by being there.
@Suite(.scratchDirectory)
struct CrashTests {
    /// A thing to do, and how the driver fares meanwhile.
    struct Scenario: CustomTestStringConvertible {
        let action: String
        /// What has been done before, besides the making of the tables.
        var before: [String] = []
        var failing: [String] = []
        /// What is left when nobody is killed.
        let end: Aftermath.State
        /// At how many moments the process can die, at the least: with fewer the test would have lost its teeth.
        let moments: Int

        var testDescription: String { (before + [action] + failing).joined(separator: " ") }
    }

    static let scenarios = [
        Scenario(action: "create", end: .available, moments: 8),
        Scenario(action: "create", failing: ["--failing", "create"], end: .absent, moments: 10),
        Scenario(action: "create", failing: ["--failing", "create", "--moment", "after"], end: .absent, moments: 12),
        Scenario(action: "extend", before: made, end: .extended, moments: 6),
        Scenario(action: "extend", before: made, failing: failure("extend"), end: .available, moments: 8),
        Scenario(action: "extend", before: made, failing: failure("extend", "after"), end: .extended, moments: 6),
        Scenario(action: "delete", before: made, end: .absent, moments: 6),
        Scenario(action: "delete", before: made, failing: ["--failing", "delete"], end: .available, moments: 8),
        Scenario(
            action: "delete",
            before: made,
            failing: ["--failing", "delete", "--moment", "after"],
            end: .absent,
            moments: 8
        ),
        Scenario(action: "snapshot", before: made, end: .snapshotted, moments: 6),
        Scenario(action: "snapshot", before: made, failing: failure("createSnapshot"), end: .available, moments: 8),
        Scenario(
            action: "snapshot",
            before: made,
            failing: failure("createSnapshot", "after"),
            end: .available,
            moments: 8
        ),
        Scenario(action: "delete-snapshot", before: kept, end: .available, moments: 6),
        Scenario(
            action: "delete-snapshot",
            before: kept,
            failing: failure("deleteSnapshot"),
            end: .snapshotted,
            moments: 6
        ),
        Scenario(
            action: "delete-snapshot",
            before: kept,
            failing: failure("deleteSnapshot", "after"),
            end: .available,
            moments: 6
        ),
        Scenario(action: "revert", before: kept, end: .snapshotted, moments: 6),
        Scenario(action: "restore", before: kept, end: .copied, moments: 8),
        Scenario(
            action: "restore",
            before: kept,
            failing: failure("createFromSnapshot"),
            end: .snapshotted,
            moments: 10
        ),
        Scenario(action: "clone", before: kept, end: .copied, moments: 8),
        Scenario(action: "clone", before: kept, failing: failure("clone", "after"), end: .snapshotted, moments: 10),
        Scenario(action: "attach", before: made, end: .inUse, moments: 8),
        Scenario(action: "attach", before: made, failing: ["--failing", "attach"], end: .available, moments: 8),
        Scenario(
            action: "attach",
            before: made,
            failing: ["--failing", "attach", "--moment", "after"],
            end: .available,
            moments: 10
        ),
        Scenario(action: "detach", before: used, end: .available, moments: 8),
        Scenario(
            action: "detach",
            before: used,
            failing: ["--failing", "detach"],
            end: .inUse,
            moments: 8
        ),
        Scenario(
            action: "detach",
            before: used,
            failing: ["--failing", "detach", "--moment", "after"],
            end: .available,
            moments: 8
        ),
        Scenario(action: "export", before: made, end: .exported, moments: 8),
        Scenario(action: "export", before: made, failing: failure("export"), end: .available, moments: 8),
        Scenario(action: "export", before: made, failing: failure("export", "after"), end: .available, moments: 10),
        Scenario(action: "unexport", before: served, end: .available, moments: 8),
        Scenario(action: "unexport", before: served, failing: failure("unexport"), end: .exported, moments: 8),
        Scenario(
            action: "unexport",
            before: served,
            failing: failure("unexport", "after"),
            end: .available,
            moments: 8
        ),
    ]

    private static let made = ["create"]
    private static let kept = ["create", "snapshot"]
    private static let used = ["create", "attach"]
    private static let served = ["create", "export"]

    private static func failure(_ call: String, _ moment: String = "before") -> [String] {
        ["--failing", call, "--moment", moment]
    }

    @Test(arguments: scenarios)
    func `a process killed at any moment leaves all of an object or no trace`(_ scenario: Scenario) async throws {
        var moment = 1
        while try await crash(scenario, at: moment, in: directory(moment)) {
            _ = try await Aftermath(in: directory(moment)).recover("killed at \(moment)")
            moment += 1
        }
        #expect(try await Aftermath(in: directory(moment)).recover("not killed") == scenario.end)
        #expect(moment > scenario.moments)
    }

    @Test(arguments: scenarios)
    func `a recovery killed at any moment is as good as none`(_ scenario: Scenario) async throws {
        var moment = 1
        while try await crash(scenario, at: moment, in: directory(moment)) {
            try await crashRecoveries(scenario, after: moment, from: directory(moment))
            moment += 1
        }
        #expect(moment > scenario.moments)
    }

    private func crashRecoveries(_ scenario: Scenario, after moment: Int, from original: String) async throws {
        for second in 1... {
            let copy = "\(original)-\(second)"
            try FileManager.default.copyItem(atPath: original, toPath: copy)
            let end = try await Child.run(copy, "recover", ["--at", "\(second)"] + scenario.failing)
            _ = try await Aftermath(in: copy).recover("killed at \(moment), its recovery at \(second)")
            if end != .died { return }
        }
    }

    private func directory(_ moment: Int) -> String { "\(ScratchDirectory.path)/\(moment)" }

    /// Sets the stage in `directory` and kills the process at `moment`; `false` if it came to its end before.
    private func crash(_ scenario: Scenario, at moment: Int, in directory: String) async throws -> Bool {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
        for action in scenario.before { #expect(try await Child.run(directory, action) == .survived("")) }
        // The tables are there before the clock starts; making them is another test's subject.
        #expect(try await Child.run(directory, "recover") == .survived(""))
        return try await Child.run(directory, scenario.action, ["--at", "\(moment)"] + scenario.failing) == .died
    }
}
