import Exports
import Foundation
import Programs
import TestKit
import Testing
import VolumeDriver

/// A server for one file, and common clients.
struct Workshop {
    /// A short path, because the path of a socket is limited.
    let directory = ScratchDirectory.path + "/x"
    let name = "volume-6f1c0a8e-5a0b-4c6e-9a57-0d6c1b7f2e44"
    let image = ScratchDirectory.path + "/image"
    let content = Data((0..<(1 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) })

    init() throws { try content.write(to: URL(filePath: image)) }

    var server: NBDServer { NBDServer(directory: directory) }
    var source: NBDImage { .file(image, format: .raw) }

    /// The ids of all processes that serve the socket.
    var processes: [Int32] {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return all.compactMap { Int32($0) }
            .filter { pid in
                let line = (try? Data(contentsOf: URL(filePath: "/proc/\(pid)/cmdline"))) ?? Data()
                return String(decoding: line, as: UTF8.self).contains("--socket=\(directory)/\(name)")
            }
    }

    /// The files in the directory, without lock files.
    var leftovers: [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        return names.filter { !$0.hasPrefix(".lock-") }
    }

    /// Runs a client and returns its result.
    func run(_ program: String, _ arguments: String...) async throws -> ProgramResult {
        // A busy machine may leave a test, or a client, waiting for long.
        try await SystemPrograms().run(ProgramCall(program, arguments, timeLimit: .seconds(3600)))
    }
}

extension Trait where Self == ConditionTrait {
    /// Enables tests where QEMU's and libnbd's tools are installed.
    static var needsNBD: Self {
        .enabled(
            if: NBDServer.isInstalled && ProgramPath.find("nbdinfo") != nil,
            "install qemu-utils and libnbd-bin"
        )
    }
}
