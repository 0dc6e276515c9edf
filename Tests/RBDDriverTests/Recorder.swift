import Programs
import Synchronization
import Testing

/// Executes nothing: records what would be, and answers as the test has told.
final class Recorder: ProgramRunner {
    /// What is answered to calls whose words after the options begin like this.
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

    /// Every call that is not told of succeeds, and says nothing.
    init() {}

    /// Answers the next call that begins with `words`; those told of first are used first.
    func answer(_ words: String, status: Int32 = 0, _ output: String = "") {
        state.withLock { $0.replies.append(Reply(words: words, status: status, output: output)) }
    }

    /// All calls, without the options that every one begins with.
    var calls: [String] { state.withLock { $0.calls.map(Self.words) } }

    /// All calls, as they were.
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

    /// What every call of `rbd` and `rados` begins with.
    static let options = ["--conf", "/etc/ceph/ceph.conf", "--id", "cinder", "--client-mount-timeout", "15"]
}
