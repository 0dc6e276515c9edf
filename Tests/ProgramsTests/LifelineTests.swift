import Glibc
import Ownership
import Programs
import Synchronization
import TestKit
import Testing

/// The locks that programs hold for the process that executes them.
@Suite(.scratchDirectory)
struct LifelineTests {
    private let locks = ScratchDirectory.path + "/owners"

    /// Executes a program that leaves a process, and closes all locks as if this process had died.
    private func leave(_ call: ProgramCall) async throws -> (byte: Int64, process: Int32) {
        let owner = try OwnerLocks(paths: [locks])
        let result = try await Lifeline.$current.withValue(Lifeline(owner)) { try await SystemPrograms().run(call) }
        let word = result.output.split(separator: "\n").first ?? ""
        return (owner.own, try #require(Int32(word), "\(result)"))
    }

    @Test(arguments: [nil, Array("to be read".utf8)])
    func `a program holds what it works on until it has ended`(input: [UInt8]?) async throws {
        let left = try await leave(ProgramCall("bash", ["-c", "sleep 600 <&0 >&- 2>&- & echo $!"], input: input))
        let other = try OwnerLocks(paths: [locks])
        #expect(!other.isAbandoned(left.byte))
        let programs = try #require(other.programs(leftBy: left.byte))
        #expect(programs.processes == [left.process])
        #expect(other.holder("process 1", left.byte) == "program \(left.process), which process 1 has left behind")
        kill(left.process, SIGKILL)
        #expect(try await programs.waitForEnd())
        #expect(other.isAbandoned(left.byte) && other.programs(leftBy: left.byte) == nil)
    }

    @Test func `a program that takes longer than it was allowed is ended, with its session`() async throws {
        let script = "(trap '' TERM; exec sleep 600) <&0 >&- 2>&- & echo $!"
        let left = try await leave(ProgramCall("bash", ["-c", script], timeLimit: .seconds(10)))
        let other = try OwnerLocks(paths: [locks])
        let programs = try #require(other.programs(leftBy: left.byte))
        #expect(try await programs.waitForEnd())
        #expect(other.isAbandoned(left.byte))
    }

    @Test func `a service that a program starts holds nothing`() async throws {
        let script = "sleep 600 <&0 >&- 2>&- & echo $!"
        let left = try await leave(ProgramCall("bash", ["-c", script], startsService: true))
        defer { kill(left.process, SIGKILL) }
        #expect(try OwnerLocks(paths: [locks]).isAbandoned(left.byte))
    }

    @Test func `no program begins for what others may have taken over, even if that is in doubt for a moment only`()
        async throws
    {
        let answers = Mutex([true, false, true])
        let lifeline = Lifeline(try OwnerLocks(paths: [locks])) { answers.withLock { $0.removeFirst() } }
        try await Lifeline.$current.withValue(lifeline) { () async throws in
            let call = ProgramCall("true", [])
            #expect(try await SystemPrograms().run(call).isSuccess)
            #expect(!lifeline.hasRefused)
            for startsService in [false, true] {
                let call = ProgramCall("true", [], startsService: startsService)
                let error = await #expect(throws: ProgramError.self) { try await SystemPrograms().run(call) }
                #expect(error?.code == .notStarted)
                #expect(error?.description.contains("another process may have taken over what it is for") == true)
            }
            #expect(lifeline.hasRefused)
        }
    }
}
