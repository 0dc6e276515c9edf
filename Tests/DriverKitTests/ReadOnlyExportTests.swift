import DriverKit
import Foundation
import Identity
import LoopbackDriver
import TestKit
import Testing
import VolumeDriver

/// What the rule about read-only exports sees of a real server.
@Suite(.scratchDirectory, .enabled(if: hasServer, "needs qemu-utils: Scripts/install-dependencies"))
struct ReadOnlyExportTests {
    private func outcome(isHonest: Bool) async throws -> RuleOutcome {
        let (pool, exports) = (ScratchDirectory.path + "/pool", ScratchDirectory.path + "/x")
        let rule = try #require(DriverKit.rules.first { $0.id == "export-read-only" })
        let subject = DriverUnderTest(scratchDirectory: ScratchDirectory.path, timeLimit: .seconds(1800)) {
            let base = LoopbackDriver(directory: pool, options: LoopbackOptions(exportDirectory: exports))
            return isHonest ? base : BoastfulDriver(base: base)
        }
        return await DriverKit.check(rule, on: subject)
    }

    @Test func `a server that lets nobody write keeps the rule`() async throws {
        let outcome = try await outcome(isHonest: true)
        #expect(outcome.verdict == .passed, "\(outcome.reason ?? "")")
    }

    @Test func `a server that takes a write breaks it, whatever its driver says`() async throws {
        let outcome = try await outcome(isHonest: false)
        #expect(outcome.verdict == .failed)
        #expect(outcome.reason?.contains("tells its clients that they can write") == true)
    }
}

private let hasServer = FileManager.default.isExecutableFile(atPath: "/usr/bin/qemu-nbd")

/// A driver that calls its exports read-only, and serves them for writing.
private struct BoastfulDriver: ForwardingDriver, ReadOnlyExportingDriver {
    static let kind = "boastful"
    let base: LoopbackDriver
    var exportTypes: Set<ExportType> { base.exportTypes }

    func export(
        _ volume: VolumeID,
        as type: ExportType,
        isReadOnly: Bool,
        operation: OperationID
    ) async throws(DriverError) -> VolumeExport {
        let export = try await base.export(volume, as: type, isReadOnly: false, operation: operation)
        return VolumeExport(type: export.type, uri: export.uri, isReadOnly: isReadOnly)
    }

    func unexport(_ volume: VolumeID, operation: OperationID) async throws(DriverError) {
        try await base.unexport(volume, operation: operation)
    }

    func export(of volume: VolumeID) async throws(DriverError) -> VolumeExport? { try await base.export(of: volume) }
}
