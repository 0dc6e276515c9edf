import Programs
import Synchronization
import Testing

/// Records calls without executing them, and returns the test's answers.
final class Recorder: ProgramRunner {
    /// The answer to a call whose arguments after the options begin with `words`.
    struct Reply: Sendable {
        let words: String
        let status: Int32
        let output: String
    }

    private struct State {
        var calls: [ProgramCall] = []
        var replies: [Reply] = []
    }

    private let state = Mutex(State())

    /// A call without an answer succeeds without output.
    init() {}

    /// Sets the answer to the next call that begins with `words`; answers are used in order.
    func answer(_ words: String, status: Int32 = 0, _ output: String = "") {
        state.withLock { $0.replies.append(Reply(words: words, status: status, output: output)) }
    }

    /// All calls, without the common options.
    var calls: [String] { state.withLock { $0.calls.map(Self.words) } }

    /// All calls, complete.
    var whole: [ProgramCall] { state.withLock { $0.calls } }

    func run(_ call: ProgramCall, line: LineListener?) async throws(ProgramError) -> ProgramResult {
        state.withLock { state in
            state.calls.append(call)
            let words = Self.words(of: call)
            guard let index = state.replies.firstIndex(where: { words.hasPrefix($0.words) }) else {
                return ProgramResult(status: .exited(0))
            }
            let reply = state.replies.remove(at: index)
            return ProgramResult(status: .exited(reply.status), output: reply.output, messages: "said so")
        }
    }

    private static func words(of call: ProgramCall) -> String {
        ([call.program] + call.arguments.dropFirst(options.count)).joined(separator: " ")
    }

    /// The common options of `rbd` and `rados`.
    static let options = ["--conf", "/etc/ceph/ceph.conf", "--id", "cinder", "--client-mount-timeout", "15"]
}
