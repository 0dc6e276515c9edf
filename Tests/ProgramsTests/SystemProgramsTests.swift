import Foundation
import Programs
import Synchronization
import TestKit
import Testing
import VolumeDriver

@Suite(.scratchDirectory)
struct SystemProgramsTests {
    private let programs = SystemPrograms()

    @Test func `a program gets its arguments as they are, and nothing expands them`() async throws {
        let words = ["a b", "$(id)", "*", "", "'", "\"", "\n", "-n"]
        let result = try await programs.run(ProgramCall("printf", ["%s|"] + words))
        #expect(result.output == words.map { $0 + "|" }.joined())
        #expect(result.isSuccess)
    }

    @Test func `its environment is the C locale, a fixed path and what the call says`() async throws {
        let call = ProgramCall("env", [], environment: ["LVM_SYSTEM_DIR": "/etc/lvm", "LC_ALL": "de_DE"])
        let lines = try await programs.run(call).output.split(separator: "\n").sorted()
        #expect(
            lines == ["LC_ALL=C", "LVM_SYSTEM_DIR=/etc/lvm", "PATH=\(ProgramPath.directories.joined(separator: ":"))"]
        )
    }

    @Test func `its standard input is what the call says, or closed`() async throws {
        #expect(try await programs.run(ProgramCall("cat", [])).output.isEmpty)
        let input = Array("to be read".utf8)
        #expect(try await programs.run(ProgramCall("cat", [], input: input)).output == "to be read")
        let ignored = [UInt8](repeating: 1, count: 1 << 20)
        #expect(try await programs.run(ProgramCall("true", [], input: ignored)).isSuccess)
    }

    @Test func `a status other than zero, and a signal, are results`() async throws {
        let result = try await programs.run(ProgramCall("ls", ["/nowhere/at/all"]))
        #expect(result.status == .exited(2))
        #expect(result.messages.contains("No such file or directory"))
        let killed = try await programs.run(ProgramCall("bash", ["-c", "kill -SEGV $$"]))
        #expect(killed.status == .signalled(SIGSEGV))
    }

    @Test func `output above the limit is cut, and the program is not held up`() async throws {
        let call = ProgramCall("seq", ["1", "100000"], outputLimit: 1000)
        let result = try await programs.run(call)
        #expect(result.isSuccess && result.isCut)
        #expect(result.output.utf8.count == 1000)
    }

    @Test(arguments: [ProgramStream.output, .messages])
    func `lines are delivered as they are written, with their stream`(stream: ProgramStream) async throws {
        let lines = Lines()
        let script = #"printf 'one\rtwo\r\nthree' >&"# + (stream == .output ? "1" : "2")
        let result = try await programs.run(ProgramCall("bash", ["-c", script])) { if $0 == stream { lines.add($1) } }
        #expect(lines.all == ["one", "two", "three"])
        #expect((stream == .output ? result.output : result.messages) == "one\rtwo\r\nthree")
    }

    @Test func `qemu-img's progress is read, and its other lines are ignored`() {
        let lines = Lines()
        let meter = ProgressMeter(TransferOptions { lines.add("\($0.completed.bytes) of \($0.total.bytes)") })
        let listener = meter.qemuImgListener(total: ByteCount(bytes: 8192) ?? .zero)
        for text in ["warning (a/b)", "(200/100%)", ")(/", "    (50.00/100%)"] { listener(.output, text) }
        listener(.messages, "(75.00/100%)")
        meter.finish(.zero)
        #expect(lines.all == ["4096 of 8192", "8192 of 8192"])
    }

    @Test func `a program that exceeds its time limit is ended with all processes that it started`() async throws {
        let mark = ScratchDirectory.path + "/mark"
        // A child that ignores the first signal.
        let script = "(trap '' TERM; echo begun >&2; echo $BASHPID > '\(mark)'; sleep 3600) & wait"
        for limit in [2, 20, 200] {  // Until it has begun in time.
            let call = ProgramCall("bash", ["-c", script], timeLimit: .seconds(limit))
            let error = await #expect(throws: ProgramError.self) { try await programs.run(call) }
            #expect(error?.code == .timedOut)
            guard FileManager.default.fileExists(atPath: mark) else { continue }
            #expect(error?.cause == "begun")
            break
        }
        let child = try String(contentsOfFile: mark, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        try await eventually { !isAlive(child) }
    }

    /// A process that has ended may exist as a zombie until its status is read.
    private func isAlive(_ process: String) -> Bool {
        guard let status = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8) else { return false }
        return status.split(separator: ")").last?.hasPrefix(" Z") == false
    }

    @Test func `a program ends with its task`() async throws {
        let task = Task { try await programs.run(ProgramCall("sleep", ["3600"])) }
        try await Task.sleep(for: .milliseconds(100))
        task.cancel()
        let error = await #expect(throws: ProgramError.self) { try await task.value }
        #expect(error?.code == .cancelled)
    }

    @Test(arguments: ["no-such-program", "", "../bin/true", "sub/true", "/etc/passwd", "/usr/bin", "a\0b"])
    func `a name that is no program in the fixed path is not executed`(name: String) async throws {
        let error = await #expect(throws: ProgramError.self) { try await programs.run(ProgramCall(name, [])) }
        #expect(error?.code == .notFound)
    }

    @Test func `a call is printed as a person would type it`() {
        let call = ProgramCall("lvcreate", ["-n", "it's", "--units=b", "a b", ""])
        #expect(call.description == #"lvcreate -n 'it'\''s' --units=b 'a b' ''"#)
    }

    @Test func `a driver's error has the tool's message and a remedy`() async throws {
        let missing = ProgramError(.notFound, ProgramCall("lvs", []))
        let error = DriverError(missing, "cannot list volumes", package: "the package lvm2")
        #expect(error.code == .broken)
        #expect(error.remedy == "install the package lvm2")
        let late = DriverError(ProgramError(.timedOut, ProgramCall("lvs", [])), "cannot list volumes")
        #expect(late.code == .timedOut && late.mayRetry)
        let result = ProgramResult(status: .exited(5), messages: "Volume group not found\n")
        let said = DriverError(.retryableElsewhere, "cannot list volumes", ProgramCall("lvs", ["vg"]), result)
        #expect(said.cause == "`lvs vg` ended with exit status 5: Volume group not found")
    }
}

private final class Lines: Sendable {
    private let lines = Mutex<[String]>([])

    func add(_ line: String) { lines.withLock { $0.append(line) } }
    var all: [String] { lines.withLock { $0 } }
}
