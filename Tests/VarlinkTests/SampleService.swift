import Glibc
import Varlink

/// A service with a method of each kind, whose handlers wait for tests and tell them what happens.
struct SampleService {
    static let text = """
        # Files of a directory.
        interface io.example.Files

        type Kind (file, directory)

        type Entry (
          name: string,
          kind: Kind,
          bytes: ?int
        )

        # Returns the length of the name.
        method Measure(name: string, factor: ?float, labels: ?[string]string, entry: ?Entry) -> (bytes: int)

        # Lists numbered files. Call it with 'more'.
        method List(count: int) -> (name: string)

        # Sends a file with a text.
        method Open(text: string) -> (fileDescriptorIndex: int)

        # Returns the texts of files.
        method Store(fileDescriptorIndexes: []int) -> (text: string)

        # Never answers by itself. Call it with 'more'.
        method Watch() -> (name: string)

        # Answers when it may.
        method Wait() -> ()

        # Fails.
        method Fail(name: string) -> ()

        # Has no handler here: MethodNotImplemented.
        method Plan() -> ()

        error NoSuchFile (name: string)

        """

    struct Name: Codable, Sendable { var name: String }
    struct Text: Codable, Sendable { var text: String }
    struct Size: Codable, Sendable, Equatable { var bytes: Int }
    struct Count: Codable, Sendable { var count: Int }
    struct Index: Codable, Sendable { var fileDescriptorIndex: Int }
    struct Indexes: Codable, Sendable { var fileDescriptorIndexes: [Int] }
    struct Measure: Codable, Sendable {
        struct Entry: Codable, Sendable {
            var name: String
            var kind: String
            var bytes: Int?
        }

        var name: String
        var factor: Double?
        var labels: [String: String]?
        var entry: Entry?
    }
    struct Trouble: Error {}

    /// What the handlers report: `begun Wait`, `ended Wait`, and so on.
    let news = AsyncStream<String>.makeStream()
    /// Lets a call of `Wait` answer.
    let gate = AsyncStream<Void>.makeStream()

    func make(translates: Bool = false) throws -> Service {
        let info = Service.Info(vendor: "Example", product: "files", version: "1", url: "https://example.io")
        var service = try Service(info, checksReplies: true) { _ in
            translates ? CallError("io.example.Files.NoSuchFile", ["name": .string("translated")]) : nil
        }
        try service.add(try Interface(Self.text), handlers + waitingHandlers)
        return service
    }

    private var handlers: [Handler] {
        [
            Handler("Measure") { (measure: Measure, _) in Size(bytes: measure.name.utf8.count) },
            .streaming("List") { (list: Count, _, replies: Replies<Name>) in
                for number in 1..<max(1, list.count) { try await replies.send(Name(name: "file-\(number)")) }
                return list.count == 0 ? nil : Name(name: "file-\(list.count)")
            },
            .passingDescriptors("Open") { (open: Text, _) in
                Reply(Index(fileDescriptorIndex: 0), descriptors: [try file(holding: open.text)])
            },
            Handler("Store", takesDescriptors: true) { (store: Indexes, call) in
                let files = store.fileDescriptorIndexes.filter(call.descriptors.indices.contains)
                return Text(text: files.map { content(of: call.descriptors[$0]) }.joined())
            },
        ]
    }

    private var waitingHandlers: [Handler] {
        [
            .streaming("Watch") { [news] (_: NoParameters, _, replies: Replies<Name>) in
                news.continuation.yield("begun Watch")
                defer { news.continuation.yield(Task.isCancelled ? "cancelled Watch" : "ended Watch") }
                try await replies.send(Name(name: "first"))
                try await Task.sleep(for: .seconds(3600))
                return nil
            },
            Handler("Wait") { [news, gate] (_: NoParameters, call) in
                news.continuation.yield("begun Wait of \(call.caller.process)")
                for await _ in gate.stream { break }
                news.continuation.yield(Task.isCancelled ? "cancelled Wait" : "ended Wait")
                return NoParameters()
            },
            Handler("Fail") { (fail: Name, call) in
                guard fail.name.isEmpty else {
                    throw CallError("io.example.Files.NoSuchFile", ["name": .string(fail.name)])
                }
                if call.isOneway { return NoParameters() }
                throw Trouble()
            },
        ]
    }
}

/// A file in memory, positioned at its beginning.
func file(holding text: String) throws -> Descriptor {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw SampleService.Trouble() }
    defer { close(ends[1]) }
    _ = text.withCString { write(ends[1], $0, strlen($0)) }
    return Descriptor(owning: ends[0])
}

/// What can be read from a descriptor.
func content(of descriptor: Descriptor) -> String {
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = read(descriptor.number, &bytes, bytes.count)
    return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
}
