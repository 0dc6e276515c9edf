import Foundation
import Programs
import TestKit
import Testing

/// A guest kernel with device-mapper, started for one command and gone with it.
enum Guest {
    private static let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path
    private static let scripts = package + "/Scripts/guest"
    private static let environment = ProcessInfo.processInfo.environment.filter {
        ["HOME", "XDG_CACHE_HOME", "VOLUMECTL_GUEST_CACHE", "TMPDIR"].contains($0.key)
    }

    /// Whether there is a kernel to start.
    static var isPrepared: Bool {
        get async throws {
            let call = ProgramCall(scripts + "/prepare", ["--if-installed"], environment: environment)
            return try await SystemPrograms().run(call).isSuccess
        }
    }

    /// A guest is busy all the time, on one processor.
    private static let slots = Slots(ProcessInfo.processInfo.activeProcessorCount)

    /// Runs a script of `Tests/LVMDriverTests/Guest` there, which is given the program and `arguments`, and has to succeed.
    ///
    /// - Returns: what it wrote.
    @discardableResult
    static func run(_ script: String, _ arguments: [String], minutes: Int) async throws -> String {
        let volumectl = try #require(BuiltProgram.path(of: "volumectl"))
        let path = package + "/Tests/LVMDriverTests/Guest/" + script
        let call = ProgramCall(
            scripts + "/run",
            ["--disk", "2G", "--timeout", "\(minutes * 60)", "--", path, volumectl] + arguments,
            environment: environment,
            timeLimit: .seconds(minutes * 60 + 30)
        )
        let result = try await slots.use(minutes: minutes) { try await SystemPrograms().run(call) }
        #expect(result.isSuccess, "\(result.status)\n\(result.output)\n\(result.messages)")
        return result.output
    }
}
