import ArgumentParser
import Foundation

extension Process {
    /// A process that prints nothing.
    static func silent(_ program: String, _ arguments: [String], _ environment: [String: String] = [:]) -> Process {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.environment = environment
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        return process
    }

    /// `volumectl`, with its state in `directory`.
    static func volumectl(_ arguments: [String], in directory: String) -> Process {
        silent(
            Bundle.main.bundlePath + "/volumectl",
            arguments,
            ["VOLUMECTL_STATE_DIRECTORY": directory, "HOME": directory, "PATH": "/usr/sbin:/usr/bin:/bin"]
        )
    }

    /// The milliseconds that the process takes as a whole.
    ///
    /// - Throws: `ValidationError` if it fails.
    func milliseconds() throws -> Double {
        let start = ContinuousClock.now
        try run()
        waitUntilExit()
        guard terminationStatus == 0 else {
            let words = [executableURL?.path ?? ""] + (arguments ?? [])
            throw ValidationError("\(words.joined(separator: " ")): exit \(terminationStatus)")
        }
        return start.duration(to: .now).seconds * 1000
    }
}
