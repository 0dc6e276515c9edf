import Foundation
import TestKit
import Testing

/// Kills a process before and after every commit and every driver call, and checks the next process's recovery. The
/// moments are counted until a run survives, so that a new step is covered automatically. On a server, where each moment takes
/// a database of its own, only some are tried; `VOLUMECTL_CRASH_STEP=1` tries all of them there, too.
@Suite(.scratchDirectory)
struct CrashTests {
    /// A command, and the driver's behaviour during it.
    struct Scenario: CustomTestStringConvertible {
        let action: String
        /// The commands to run before, after the creation of the tables.
        var before: [String] = []
        var failing: [String] = []
        /// The state after an undisturbed run.
        let end: Aftermath.State
        /// The minimum number of moments at which the process can die, so that the test can't become empty unnoticed.
        let moments: Int

        /// Whether the flow has the path of a file in the scenario's directory.
        var namesItsPlace: Bool { action.hasPrefix("save") }

        /// Whether it has so many moments that only every fifth is tried when the recovery is killed, too.
        var isLong: Bool { ["migrate", "import", "save", "save-snapshot"].contains(action) }

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
        Scenario(action: "group-snapshot", before: grouped, end: .groupSnapshotted, moments: 8),
        Scenario(
            action: "group-snapshot",
            before: grouped,
            failing: failure("createSnapshot", "after"),
            end: .copied,
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
        Scenario(action: "import", end: .available, moments: 12),
        Scenario(action: "import", failing: failure("writeImage"), end: .absent, moments: 12),
        Scenario(action: "import", failing: failure("writeImage", "after"), end: .absent, moments: 14),
        Scenario(action: "save", before: made, end: .saved, moments: 10),
        Scenario(action: "save", before: made, failing: failure("readImage"), end: .available, moments: 7),
        Scenario(action: "save", before: made, failing: failure("readImage", "after"), end: .available, moments: 8),
        Scenario(action: "save-snapshot", before: kept, end: .snapshotted, moments: 8),
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
        Scenario(action: "attach-b", before: held, end: .shared, moments: 8),
        Scenario(action: "attach-b", before: held, failing: failure("attach", "after"), end: .inUse, moments: 8),
        Scenario(action: "detach-a", before: shared, end: .inUse, moments: 3),
        Scenario(action: "detach-all", before: shared, end: .available, moments: 8),
        Scenario(action: "detach-all", before: shared, failing: failure("detach"), end: .shared, moments: 8),
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
        Scenario(action: "adopt", before: planted, end: .available, moments: 8),
        Scenario(action: "adopt", before: planted, failing: failure("manage"), end: .foreign, moments: 10),
        Scenario(action: "adopt", before: planted, failing: failure("manage", "after"), end: .foreign, moments: 12),
        Scenario(action: "forget", before: made, end: .forgotten, moments: 2),
        Scenario(action: "migrate", before: made, end: .moved, moments: 20),
        Scenario(
            action: "migrate",
            before: made,
            failing: failure("writeImage", "after"),
            end: .available,
            moments: 20
        ),
    ]

    private static let made = ["create"]
    private static let planted = ["plant"]
    private static let kept = ["create", "snapshot"]
    private static let grouped = ["create", "group"]
    private static let used = ["create", "attach"]
    private static let held = ["create-shared", "attach-a"]
    private static let shared = held + ["attach-b"]
    private static let served = ["create", "export"]

    private static func failure(_ call: String, _ moment: String = "before") -> [String] {
        ["--failing", call, "--moment", moment]
    }

    /// The distance of the moments that are tried.
    private static let step: Int = {
        let asked = ProcessInfo.processInfo.environment["VOLUMECTL_CRASH_STEP"].flatMap(Int.init)
        return max(1, asked ?? (TestDatabase.server == nil ? 1 : 7))
    }()

    @Test(arguments: scenarios)
    func `a process killed at any moment leaves all of an object or no trace`(_ scenario: Scenario) async throws {
        try await prepare(scenario)
        var moment = 1
        while try await crash(scenario, at: moment, in: directory(moment)) {
            _ = try await aftermath(of: scenario, in: directory(moment)).recover("killed at \(moment)")
            await TestDatabase.remove(directory(moment))
            moment += Self.step
        }
        #expect(try await aftermath(of: scenario, in: directory(moment)).recover("not killed") == scenario.end)
        #expect(moment > scenario.moments)
    }

    @Test(arguments: scenarios)
    func `a recovery killed at any moment is as good as none`(_ scenario: Scenario) async throws {
        try await prepare(scenario)
        var moment = 1
        while try await crash(scenario, at: moment, in: directory(moment)) {
            try await crashRecoveries(scenario, after: moment, from: directory(moment))
            await TestDatabase.remove(directory(moment))
            moment += max(Self.step, scenario.isLong ? 5 : 1)
        }
        #expect(moment > scenario.moments)
    }

    private func crashRecoveries(_ scenario: Scenario, after moment: Int, from original: String) async throws {
        // Every other moment of the recovery: the next moment of the action takes those between.
        for second in stride(from: 1 + moment % 2, to: .max, by: max(Self.step, scenario.isLong ? 5 : 2)) {
            let copy = "\(original)-\(second)"
            if scenario.namesItsPlace || TestDatabase.server != nil {
                // A copy would work on the files of the original, and a copied server believe its dead to be elsewhere.
                #expect(try await crash(scenario, at: moment, in: copy))
            } else {
                try FileManager.default.copyItem(atPath: original, toPath: copy)
            }
            let end = try await Child.run(copy, "recover", ["--at", "\(second)"] + scenario.failing)
            _ = try await aftermath(of: scenario, in: copy).recover("killed at \(moment), its recovery at \(second)")
            await TestDatabase.remove(copy)
            if end != .died { return }
        }
    }

    private func aftermath(of scenario: Scenario, in directory: String) throws -> Aftermath {
        try Aftermath(in: directory, of: scenario.action)
    }

    private func directory(_ moment: Int) -> String { "\(ScratchDirectory.path)/\(moment)" }

    /// The directory with the state before the action, of which every moment gets a copy.
    private var prepared: String { directory(0) }

    private func prepare(_ scenario: Scenario) async throws {
        try FileManager.default.createDirectory(atPath: prepared, withIntermediateDirectories: false)
        try await TestDatabase.create(prepared + "/volumes.db")
        for action in scenario.before { #expect(try await Child.run(prepared, action) == .survived("")) }
        // The tables are created before the clock starts, because another test covers that.
        #expect(try await Child.run(prepared, "recover") == .survived(""))
    }

    /// Kills the process at `moment`, in a new `directory`; `false` if the process ended before.
    private func crash(_ scenario: Scenario, at moment: Int, in directory: String) async throws -> Bool {
        try FileManager.default.copyItem(atPath: prepared, toPath: directory)
        try await TestDatabase.create(directory + "/volumes.db", as: prepared + "/volumes.db")
        return try await Child.run(directory, scenario.action, ["--at", "\(moment)"] + scenario.failing) == .died
    }
}
