internal import Foundation
internal import SystemPackage
internal import VolumeAPI

/// Relays the messages of a process that recovers interrupted flows, for as long as a command should wait for it.
struct RecoveryRelay {
    /// The beginning of a line that is relayed only if the recovery takes long.
    static let announcement = "recovering flow "
    /// The beginning of a line about a finished recovery.
    static let result = "recovered flow"

    private let worker: Worker
    private let reading: FileDescriptor

    /// The seconds without a message, and in total, after which the command stops waiting.
    private let stepLimit = 2.0
    private let limit = 10.0

    ///
    /// - Throws: ``VolumeError`` when none can be started.
    init(_ arguments: [String]) throws {
        let (reading, writing) = try FileDescriptor.pipe()
        // Without the writing end here, the process gets an error when this one stops reading.
        for end in [reading, writing] { _ = fcntl(end.rawValue, F_SETFD, FD_CLOEXEC) }
        defer { try? writing.close() }
        do {
            worker = try Worker.start(arguments, errors: writing)
        } catch {
            try? reading.close()
            throw error
        }
        self.reading = reading
    }

    /// Relays messages until the process ends. If it is slow, or the deadline passes, it is left to continue alone.
    func run(until deadline: ContinuousClock.Instant?) {
        defer { try? reading.close() }
        var (buffer, hasBegun) = ([UInt8](), false)
        // Announced recoveries, by flow.
        var held: [(flow: Substring, line: String)] = []
        let start = ContinuousClock.now
        var last = start
        while true {
            let now = ContinuousClock.now
            let silence = (now - last) / .seconds(1)
            if silence >= RecoveryReport.patience {
                for (_, line) in held { Console.note(line) }
                held = []
            }
            let isOver = (now - start) / .seconds(1) >= limit || deadline.map { now >= $0 } == true
            if isOver || (hasBegun && silence >= stepLimit) {
                return Console.note("note: process \(worker.processID) goes on recovering: volumectl flow ls")
            }
            var waiting = pollfd(fd: reading.rawValue, events: Int16(POLLIN), revents: 0)
            guard poll(&waiting, 1, 50) > 0 else { continue }
            var bytes = [UInt8](repeating: 0, count: 4096)
            let count = bytes.withUnsafeMutableBytes { (try? reading.read(into: $0)) ?? 0 }
            guard count > 0 else { break }
            (last, hasBegun) = (.now, true)
            buffer += bytes[..<count]
            while let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
                let line = String(decoding: buffer[..<end], as: UTF8.self)
                buffer.removeFirst(end + 1)
                let flow = line.split(separator: " ").dropFirst(2).first ?? ""
                held.removeAll { $0.flow == flow }
                if line.hasPrefix(Self.announcement) { held.append((flow, line)) }
                if line.hasPrefix(Self.result) { Console.note(line) }
            }
        }
        var status: Int32 = 0
        waitpid(worker.processID, &status, 0)
    }
}
