import Foundation
import Programs
import TestKit
import Testing

/// A guest kernel with device-mapper that runs for one command.
enum Guest {
    private static let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path
    private static let scripts = package + "/Scripts/guest"
    private static let environment = ProcessInfo.processInfo.environment.filter {
        ["HOME", "XDG_CACHE_HOME", "GUEST_CACHE", "TMPDIR"].contains($0.key)
    }

    /// The source of a kernel; see `Scripts/guest/prepare --help`.
    enum Kind: String {
        case new
        case own
        case qemu

        fileprivate var option: [String] { ["--kind", rawValue] }
    }

    /// Whether a kernel of this kind, or of any kind, is prepared.
    static func isPrepared(_ kind: Kind? = nil) async throws -> Bool { try await directory(kind) != nil }

    private static func directory(_ kind: Kind?) async throws -> String? {
        let result = try await prepare(kind?.option ?? [])
        return result.isSuccess ? result.output.trimmingCharacters(in: .newlines) : nil
    }

    /// Runs `Scripts/guest/prepare` without downloads.
    static func prepare(_ options: [String], cache: String? = nil) async throws -> ProgramResult {
        let call = ProgramCall(
            scripts + "/prepare",
            ["--if-installed"] + options,
            environment: environment.merging(cache.map { ["GUEST_CACHE": $0] } ?? [:]) { $1 },
            timeLimit: .seconds(3600)  // Of a kernel that has not been tried on this machine yet.
        )
        return try await SystemPrograms().run(call)
    }

    /// A guest keeps one processor busy.
    private static let slots = Slots(ProcessInfo.processInfo.activeProcessorCount)

    /// Runs a script of `Tests/LVMDriverTests/Guest` in a guest with the program and `arguments`. The script must
    /// succeed.
    ///
    /// - Parameters:
    ///   - minutes: the time limit; longer where the kernel is emulated.
    ///   - disks: the number of empty disks of 2 GiB.
    /// - Returns: the script's output.
    @discardableResult
    static func run(
        _ script: String,
        _ arguments: [String] = [],
        minutes: Int,
        disks: Int = 1,
        kind: Kind? = nil
    ) async throws -> String {
        let volumectl = try #require(BuiltProgram.path(of: "volumectl"))
        let path = package + "/Tests/LVMDriverTests/Guest/" + script
        let directory = try #require(try await directory(kind))
        let factor =
            Int((try? String(contentsOfFile: directory + "/factor", encoding: .utf8))?.filter(\.isNumber) ?? "") ?? 1
        let options = ["--kernel", directory, "--timeout", "\(minutes * 60)"]
        let call = ProgramCall(
            scripts + "/run",
            options + Array(repeating: ["--disk", "2G"], count: disks).joined() + ["--", path, volumectl] + arguments,
            environment: environment,
            timeLimit: .seconds(minutes * factor * 60 + 30)
        )
        let result = try await slots.use(minutes: minutes) { try await SystemPrograms().run(call) }
        #expect(result.isSuccess, "\(result.status)\n\(result.output)\n\(result.messages)")
        return result.output
    }
}
