internal import Glibc
internal import Synchronization

/// Keeps the beginning of a program's output, and passes its lines on as they are written.
final class CappedOutput: Sendable {
    private struct State {
        var kept: [UInt8] = []
        var isCut = false
        /// The current, incomplete line.
        var line: [UInt8] = []
    }

    private let state = Mutex(State())
    private let stream: ProgramStream
    private let limit: Int
    private let line: LineListener?

    /// - Parameters:
    ///   - limit: the number of bytes that are kept, and the greatest length of a line.
    ///   - line: called with each complete line.
    init(of stream: ProgramStream, limit: Int, line: LineListener?) {
        self.stream = stream
        self.limit = limit
        self.line = line
    }

    var text: String { state.withLock { String(decoding: $0.kept, as: UTF8.self) } }
    var isCut: Bool { state.withLock(\.isCut) }

    /// The last lines, for an error message; `nil` if there are none.
    var lastWords: String? {
        let words = text.split(whereSeparator: \.isNewline).suffix(4).joined(separator: "; ")
        return words.isEmpty ? nil : words
    }

    /// Reads the available bytes from a pipe, so that the program doesn't block; `false` at the end of the pipe.
    func take(from pipe: Int32) -> Bool {
        var isOpen = true
        let bytes = [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, count in
            let result = read(pipe, buffer.baseAddress, buffer.count)
            isOpen = result > 0 || (result < 0 && errno == EINTR)
            count = max(0, result)
        }
        take(bytes)
        return isOpen
    }

    /// Passes on a last line without a line break.
    func finish() {
        let rest = state.withLock { state in
            defer { state.line = [] }
            return state.line
        }
        if !rest.isEmpty { line?(stream, String(decoding: rest, as: UTF8.self)) }
    }

    private func take(_ bytes: [UInt8]) {
        let lines = state.withLock { state in
            let room = limit - state.kept.count
            state.kept += bytes.prefix(max(0, room))
            if bytes.count > room { state.isCut = true }
            return line == nil ? [] : completeLines(of: bytes, &state)
        }
        for text in lines { line?(stream, text) }
    }

    /// The lines that `bytes` complete, without empty ones.
    private func completeLines(of bytes: [UInt8], _ state: inout State) -> [String] {
        var lines: [String] = []
        for byte in bytes {
            // Tools overwrite their progress with carriage returns.
            if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
                if state.line.isEmpty { continue }
                lines.append(String(decoding: state.line, as: UTF8.self))
                state.line = []
            } else if state.line.count < limit {
                state.line.append(byte)
            }
        }
        return lines
    }
}
