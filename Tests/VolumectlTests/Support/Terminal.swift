import Foundation
import Glibc
import SystemPackage
import Testing

/// A pseudo-terminal: the typed input and the shown output.
struct Terminal: ~Copyable {
    private let keyboard: FileDescriptor
    /// The end of the program.
    let program: FileDescriptor

    init() throws {
        // The equivalent of `posix_openpt`, `unlockpt` and `ptsname`, which Glibc's module lacks.
        let (unlock, getNumber): (UInt, UInt) = (0x4004_5431, 0x8004_5430)
        let controller = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        try #require(controller >= 0)
        var (isLocked, number): (CInt, CInt) = (0, 0)
        let isOpen = ioctl(controller, unlock, &isLocked) == 0 && ioctl(controller, getNumber, &number) == 0
        try #require(isOpen)
        let terminal = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY | O_CLOEXEC)
        try #require(terminal >= 0)
        keyboard = FileDescriptor(rawValue: controller)
        program = FileDescriptor(rawValue: terminal)
    }

    deinit {
        try? keyboard.close()
        try? program.close()
    }

    func type(_ text: String) throws { try keyboard.writeAll(text.utf8) }

    /// Waits for output, and returns all so far.
    func screen() throws -> String {
        var shown: [UInt8] = []
        var waiting = pollfd(fd: keyboard.rawValue, events: Int16(POLLIN), revents: 0)
        repeat {
            var bytes = [UInt8](repeating: 0, count: 1 << 16)
            let count = try bytes.withUnsafeMutableBytes { try keyboard.read(into: $0) }
            shown += bytes[..<count]
        } while poll(&waiting, 1, 0) > 0
        return String(decoding: shown, as: UTF8.self)
    }
}

/// Runs `body` with a pipe that contains `text`. Its writer is closed, so that it can't be killed by a signal.
func withPipe<Result>(holding text: String, _ body: (FileDescriptor) async throws -> Result) async throws -> Result {
    let (output, input) = try FileDescriptor.pipe()
    defer { try? output.close() }
    try input.closeAfter { _ = try input.writeAll(text.utf8) }
    return try await body(output)
}
