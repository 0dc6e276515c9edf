import Synchronization

/// What happened, in order, told from anywhere.
final class Trace: Sendable {
    private let recorded = Mutex<[String]>([])

    var lines: [String] { recorded.withLock { $0 } }

    func note(_ line: String) { recorded.withLock { $0.append(line) } }

    func count(of line: String) -> Int { lines.count { $0 == line } }
}

/// Lets one task wait until another says so, once.
struct Gate: Sendable {
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() { (stream, continuation) = AsyncStream.makeStream() }

    func open() { continuation.yield() }

    func wait() async {
        for await _ in stream { return }
    }
}
