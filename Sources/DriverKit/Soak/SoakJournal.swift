internal import Glibc
internal import Identity
internal import RuleKit
internal import VolumeDriver

/// The journal of a soak worker: the operations that it began, and those that were acknowledged. Each line is written
/// at once.
struct SoakJournal: ~Copyable {
    /// The expected content of the pool.
    private(set) var state = SoakState()
    /// The operation that was begun and neither acknowledged nor given up.
    private(set) var pending: SoakOperation?
    /// All volumes that were ever created.
    private(set) var seen: Set<VolumeID> = []
    /// The number of acknowledged calls.
    private(set) var acknowledged = 0
    private let descriptor: CInt
    private let path: String

    init(_ path: String) throws {
        self.path = path
        descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Breach("'\(path)' can't be opened: \(String(cString: strerror(errno)))") }
        let file = try ByteFile(path, O_RDONLY)
        let text = String(decoding: try file.read(Int(file.size), at: 0), as: UTF8.self)
        for line in text.split(separator: "\n") { replay(line.split(separator: " ")) }
    }

    deinit { close(descriptor) }

    mutating func begin(_ operation: SoakOperation) throws {
        try append("begin \(operation.text)")
        replay(["begin"] + operation.text.split(separator: " "))
    }

    mutating func end(_ operation: SoakOperation) throws {
        try append("end \(operation.text)")
        replay(["end"] + operation.text.split(separator: " "))
    }

    mutating func giveUp() throws {
        try append("give-up")
        pending = nil
    }

    private mutating func replay(_ words: [Substring]) {
        let operation = SoakOperation(words.dropFirst())
        switch (words.first, operation) {
        case ("begin", let operation?):
            pending = operation
            if case .delete(let volume)? = operation.undoing { seen.insert(volume) }
        case ("end", let operation?):
            state.apply(operation)
            pending = nil
            acknowledged += 1
        default: pending = nil
        }
    }

    private func append(_ line: String) throws {
        let bytes = Array((line + "\n").utf8)
        guard write(descriptor, bytes, bytes.count) == bytes.count else {
            throw Breach("'\(path)' can't be written to")
        }
    }
}
