import Foundation
import LoopbackDriver
import TaskFlow
import TestKit
import Testing
import VolumeAPI
import VolumeDriver
import Volumes

/// Kills a process that mounts or unmounts a volume at every commit and every driver call, on loop devices.
@Suite(.enabled(if: canBindLoopDevices, "needs root, for loop devices"), .scratchDirectory)
struct MountCrashTests {
    struct Scenario: CustomTestStringConvertible {
        let action: String
        let before: [String]
        var failing: [String] = []
        /// Whether the volume is mounted after an undisturbed run.
        let isMounted: Bool

        var testDescription: String { ([action] + failing).joined(separator: " ") }
    }

    static let scenarios = [
        Scenario(action: "mount", before: ["create"], isMounted: true),
        Scenario(
            action: "mount",
            before: ["create"],
            failing: ["--failing", "attach", "--moment", "after"],
            isMounted: false
        ),
        Scenario(action: "unmount", before: ["create", "mount"], isMounted: false),
        Scenario(
            action: "unmount",
            before: ["create", "mount"],
            failing: ["--failing", "detach", "--moment", "before"],
            isMounted: true
        ),
    ]

    @Test(arguments: scenarios)
    func `a process killed at any moment leaves a volume that is mounted or not in use`(_ scenario: Scenario)
        async throws
    {
        var moment = 1
        while try await crash(scenario, at: moment, in: directory(moment)) {
            try await conclude(in: directory(moment), "killed at \(moment)")
            moment += 1
        }
        #expect(try await conclude(in: directory(moment), "not killed") == scenario.isMounted)
        #expect(moment > 8)
    }

    @Test(arguments: scenarios.filter(\.failing.isEmpty))
    func `a recovery killed at any moment is as good as none`(_ scenario: Scenario) async throws {
        // Only an early, a middle and a late moment, because each recovery binds and frees a loop device.
        for moment in stride(from: 3, through: 15, by: 6) {
            for second in 1... {
                let directory = directory(100 * moment + second)
                guard try await crash(scenario, at: moment, in: directory) else {
                    try await conclude(in: directory, "not killed")
                    return
                }
                let end = try await Child.run(directory, "recover", ["--real-devices", "--at", "\(second)"])
                try await conclude(in: directory, "killed at \(moment), its recovery at \(second)")
                if end != .died { break }
            }
        }
    }

    private func directory(_ number: Int) -> String { "\(ScratchDirectory.path)/\(number)" }

    /// Kills the process at `moment`; `false` if the process ended before.
    private func crash(_ scenario: Scenario, at moment: Int, in directory: String) async throws -> Bool {
        try FileManager.default.createDirectory(
            atPath: directory + "/place",
            withIntermediateDirectories: true
        )
        for action in scenario.before + ["recover"] {
            #expect(try await Child.run(directory, action, ["--real-devices"]) == .survived(""))
        }
        let options = ["--real-devices", "--at", "\(moment)"] + scenario.failing
        return try await Child.run(directory, scenario.action, options) == .died
    }

    /// Recovers, checks the result, and ends the volume's use. Returns whether the volume was mounted.
    @discardableResult
    private func conclude(in directory: String, _ context: Comment) async throws -> Bool {
        let driver = LoopbackDriver(directory: directory + "/pool")
        let service = try VolumeService(
            database: TestDatabase.open(directory + "/volumes.db"),
            pools: [Pool(name: "default", driver: driver)]
        )
        _ = try await service.recover()
        #expect(try await service.recover() == [], context)
        for flow in try await service.flows(limit: 100) {
            #expect(flow.state == .success || flow.state == .reverted, context)
        }
        let volume = try await service.find("data")
        let (attachment, device) = (
            try await service.attachment(of: volume), try await driver.attachment(of: volume.id)
        )
        #expect(volume.status == (attachment == nil ? .available : .inUse), context)
        #expect(attachment?.access == device.map(VolumeAccess.local), context)
        #expect(volume.lastError == nil, context)
        if let attachment {
            #expect(attachment.kind == .mounted && attachment.mountPoint == directory + "/place", context)
            #expect(await service.state(of: attachment) == .found(attachment.access), context)
        }
        try await service.unmount("data")
        #expect(try await driver.attachment(of: volume.id) == nil, context)
        try await service.delete("data")
        return attachment != nil
    }
}
