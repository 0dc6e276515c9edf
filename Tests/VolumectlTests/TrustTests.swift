import Foundation
import TestKit
import Testing

/// What the program trusts as root, and what it refuses with exit code 11 without changing anything.
@Suite(.scratchDirectory, .enabled("needs root, to give files away") { Machine.isRoot })
struct TrustTests {
    private let stranger: uid_t = 65534

    /// A configuration with an external driver that leaves a trace when it is executed.
    private func plant(_ name: String) throws -> (configuration: String, driver: String) {
        let driver = try Scratch.write("#!/bin/sh\ntouch \(ScratchDirectory.path)/executed\n", to: "\(name)/driver")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: driver)
        let configuration = try Scratch.write(
            "enabled-pools: [p]\npools: {p: {driver: external, command: [\(driver)]}}\n",
            to: "\(name)/config/volumectl/config.yaml"
        )
        return (configuration, driver)
    }

    private func give(_ path: String) throws { try #require(chown(path, stranger, stranger) == 0) }

    private func expectRefusal(_ run: Run) throws {
        expect(11, from: run)
        #expect(try run.error.aftermath == "nothing was changed")
        #expect(!Scratch.exists(ScratchDirectory.path + "/executed"))
    }

    private var usual: [String: String] { ["VOLUMECTL_CONFIG": ""] }

    @Test func `a configuration that belongs to another user is refused, wherever it is named`() async throws {
        let planted = try plant("planted")
        try give(planted.configuration)
        let base = ScratchDirectory.path + "/planted/config"
        for arguments in [["ls"], ["create", "a", "1M"]] {
            try expectRefusal(try await volumectl(arguments, with: ["VOLUMECTL_CONFIG": planted.configuration]))
            try expectRefusal(try await volumectl(arguments + ["--config", planted.configuration]))
            let variables = usual.merging(["XDG_CONFIG_HOME": base]) { $1 }
            try expectRefusal(try await volumectl(arguments, with: variables))
        }
        #expect(!Scratch.exists(Scratch.state))
    }

    @Test func `a configuration in another user's directory is refused`() async throws {
        let planted = try plant("planted")
        try give(ScratchDirectory.path + "/planted")
        try expectRefusal(try await volumectl("ls", with: ["VOLUMECTL_CONFIG": planted.configuration]))
    }

    @Test(.enabled(if: !Machine.isConfigured))
    func `root reads no file in HOME, whoever owns it`() async throws {
        let planted = try plant("home")
        try FileManager.default.moveItem(
            atPath: ScratchDirectory.path + "/home/config",
            toPath: ScratchDirectory.path + "/home/.config"
        )
        _ = planted
        expect(0, from: try await volumectl("ls", with: usual.merging(["XDG_CONFIG_HOME": ""]) { $1 }))
        #expect(!Scratch.exists(ScratchDirectory.path + "/executed"))
    }

    @Test func `an unreadable configuration is refused, not skipped`() async throws {
        let planted = try plant("planted")
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: planted.configuration)
        var command = Command(arguments: ["ls"], variables: usual)
        command.variables["XDG_CONFIG_HOME"] = ScratchDirectory.path + "/planted/config"
        command.user = stranger
        try expectRefusal(try await command.run())
    }

    @Test func `a driver that another user has replaced is never executed`() async throws {
        let good = try plant("good"), evil = try plant("evil")
        try Data("#!/bin/sh\nexit 9\n".utf8).write(to: URL(filePath: good.driver))
        try give(evil.driver)
        let link = ScratchDirectory.path + "/link"
        let configuration = try Scratch.write(
            "enabled-pools: [p]\npools: {p: {driver: external, command: [\(link)]}}\n"
        )
        let swapping = Task {
            var isEvil = false
            while !Task.isCancelled {
                isEvil.toggle()
                symlink(isEvil ? evil.driver : good.driver, link + "-")
                rename(link + "-", link)
                await Task.yield()
            }
        }
        for _ in 1...30 { try await volumectl("pool", "ls", with: ["VOLUMECTL_CONFIG": configuration]) }
        swapping.cancel()
        await swapping.value
        #expect(!Scratch.exists(ScratchDirectory.path + "/executed"))
    }

    @Test(.onFiles) func `the state directory, and a database in one that others write to, are not used`() async throws
    {
        let state = ScratchDirectory.path + "/theirs"
        try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: false)
        try give(state)
        try expectRefusal(try await volumectl("ls", with: ["VOLUMECTL_STATE_DIRECTORY": state]))
        #expect(try FileManager.default.contentsOfDirectory(atPath: state).isEmpty)

        expect(0, from: try await volumectl("create", "a", "1M"))
        let shared = ScratchDirectory.path + "/shared"
        try FileManager.default.createDirectory(atPath: shared, withIntermediateDirectories: false)
        try #require(chmod(shared, 0o1777) == 0)
        try FileManager.default.copyItem(atPath: Scratch.database, toPath: shared + "/volumes.db")
        for owner in [stranger, 0] {
            try #require(chown(shared + "/volumes.db", owner, owner) == 0)
            try expectRefusal(try await volumectl("ls", with: ["VOLUMECTL_DB": shared + "/volumes.db"]))
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: shared) == ["volumes.db"])
    }
}
