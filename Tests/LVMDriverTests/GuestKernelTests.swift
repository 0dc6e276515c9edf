import Foundation
import Programs
import TestKit
import Testing

/// The kernels for `GuestTests`: each kind that is prepared, and the choice between them.
@Suite("Guest kernels")
struct GuestKernelTests {
    private static let notPrepared: Comment = "this kind of guest kernel isn't there, or doesn't run on this machine"

    @Test(
        .enabled(notPrepared) { try await Guest.isPrepared(.new) }
    )
    func `user-mode Linux of the testing suite has thin volumes`() async throws { try await makeThinVolume(.new) }

    @Test(
        .enabled(notPrepared) { try await Guest.isPrepared(.own) }
    )
    func `user-mode Linux of the machine's own suite has thin volumes`() async throws { try await makeThinVolume(.own) }

    @Test(.enabled(notPrepared) { try await Guest.isPrepared(.qemu) })
    func `an emulated machine has thin volumes`() async throws { try await makeThinVolume(.qemu) }

    private func makeThinVolume(_ kind: Guest.Kind) async throws {
        let output = try await Guest.run("thin-volume", minutes: 10, kind: kind)
        #expect(output.contains(/thin +pool +1024\.00m/))
    }

    @Test(
        .scratchDirectory,
        .enabled("there is no guest kernel") { try await Guest.isPrepared() }
    )
    func `a kernel that dies on this machine is skipped, and tried again only on another machine`() async throws {
        let cache = ScratchDirectory.path
        let (dying, running) = (cache + "/new", cache + "/qemu")
        try makeDyingKernel(dying)
        try linkUntriedKernel(running, to: try await Guest.prepare([]).output.trimmingCharacters(in: .newlines))
        let cause = "'new' doesn't run here: Kernel panic"

        for expectsTrial in [true, false] {
            let result = try await Guest.prepare([], cache: cache)
            #expect(result.output == running + "\n", "\(result.messages)")
            #expect(result.messages.contains(cause) == expectsTrial)
        }
        #expect(try await !Guest.prepare(["--kind", "new"], cache: cache).isSuccess)

        for directory in [dying, running] {
            for verdict in try names(in: directory) where verdict.hasPrefix("fails.") || verdict.hasPrefix("runs.") {
                try FileManager.default.moveItem(
                    atPath: "\(directory)/\(verdict)",
                    toPath: "\(directory)/\(verdict)-of-another-machine"
                )
            }
        }
        let result = try await Guest.prepare([], cache: cache)
        #expect(result.output == running + "\n" && result.messages.contains(cause))
    }

    /// Writes a kernel that ends like user-mode Linux before 6.12 on a processor with AMX.
    private func makeDyingKernel(_ directory: String) throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
        let script = "#!/bin/sh\necho 'Kernel panic - not syncing: put_fp_registers failed'\nexit 134\n"
        try script.write(toFile: directory + "/linux", atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: directory + "/linux")
    }

    private func linkUntriedKernel(_ directory: String, to kernel: String) throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
        for name in try names(in: kernel) where name != "trial" && !name.hasPrefix("runs.") {
            try FileManager.default.createSymbolicLink(
                atPath: "\(directory)/\(name)",
                withDestinationPath: "\(kernel)/\(name)"
            )
        }
    }

    private func names(in directory: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: directory)
    }
}
