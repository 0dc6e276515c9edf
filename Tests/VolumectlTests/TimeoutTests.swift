import ArgumentParser
import Testing

@testable import volumectl

struct TimeoutTests {
    static let commands = [
        ["create", "a", "1"], ["clone", "a", "b"], ["resize", "a", "2"], ["rm", "a", "-y"], ["attach", "a"],
        ["detach", "a"], ["export", "a"], ["unexport", "a"], ["mount", "a", "/"], ["umount", "a"],
        ["snapshot", "create", "a"], ["snapshot", "rm", "a", "-y"], ["snapshot", "revert", "a", "b", "-y"],
        ["flow", "wait", "a"], ["flow", "cancel", "a"], ["flow", "retry", "a"], ["pool", "claim", "a", "-y"],
    ]

    @Test(arguments: commands)
    func `the time limit of a command counts from its beginning, recovery included`(_ words: [String]) throws {
        let command = try #require(try VolumeCtl.parseAsRoot(words + ["--timeout", "5s"]) as? any ServiceCommand)
        #expect(command.timeout?.duration == .seconds(5))
    }
}
