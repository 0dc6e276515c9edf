import Glibc
import Programs
import Testing

/// Processes that outlive the one that starts them.
@Suite
struct ProcessStartTests {
    @Test func `a process keeps nothing open that it was not given`() throws {
        var pipeEnds: [Int32] = [0, 0]
        // These descriptors are inherited, like a lock that a shell holds for its commands.
        try #require(pipe(&pipeEnds) == 0)
        let nowhere = open("/dev/null", O_RDWR | O_CLOEXEC)
        defer { for file in [pipeEnds[0], nowhere] { close(file) } }
        let start = ProcessStart(arguments: ["sleep", "600"], environment: [], files: [nowhere, nowhere, nowhere])
        let process = try start.execute("/bin/sleep")
        defer {
            kill(process, SIGKILL)
            waitpid(process, nil, 0)
        }
        #expect(getsid(process) == process)
        close(pipeEnds[1])
        var byte: UInt8 = 0
        #expect(read(pipeEnds[0], &byte, 1) == 0)
    }

    @Test func `a missing program is not started`() {
        #expect(throws: StartFailure.self) {
            try ProcessStart(arguments: ["none"], environment: [], files: []).execute("/none")
        }
    }
}
