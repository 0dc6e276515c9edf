// Serves the sockets that it was started with, until they end.
import Glibc
import Varlink

struct Text: Codable, Sendable { var text: String }
struct Index: Codable, Sendable { var fileDescriptorIndex: Int }
struct Count: Codable, Sendable { var count: Int }

let description = """
    # Serves clients of other makers.
    interface io.example.Child

    # Returns the text.
    method Echo(text: string) -> (text: string)

    # Counts. Call it with 'more'.
    method Count(count: int) -> (count: int)

    # Sends a file that holds the text.
    method Open(text: string) -> (fileDescriptorIndex: int)

    # Returns the text of a file.
    method Read(fileDescriptorIndex: int) -> (text: string)

    # There is no such text.
    error NoSuchText (text: string)

    """

func pipe(holding text: String) throws -> Descriptor {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw CallError.permissionDenied }
    defer { close(ends[1]) }
    _ = text.withCString { write(ends[1], $0, strlen($0)) }
    return Descriptor(owning: ends[0])
}

var service = try Service(.init(vendor: "Example", product: "child", version: "1", url: "https://example.io"))
try service.add(
    Interface(description),
    [
        Handler("Echo") { (echo: Text, _) in
            guard !echo.text.isEmpty else { throw CallError("io.example.Child.NoSuchText", ["text": .string("")]) }
            return echo
        },
        .streaming("Count") { (limit: Count, _, replies: Replies<Count>) in
            for number in 1..<max(1, limit.count) { try await replies.send(Count(count: number)) }
            return limit
        },
        .passingDescriptors("Open") { (open: Text, _) in
            Reply(Index(fileDescriptorIndex: 0), descriptors: [try pipe(holding: open.text)])
        },
        Handler("Read", takesDescriptors: true) { (question: Index, call) in
            guard call.descriptors.indices.contains(question.fileDescriptorIndex) else {
                throw CallError.invalidParameter("fileDescriptorIndex")
            }
            var bytes = [UInt8](repeating: 0, count: 4096)
            let count = read(call.descriptors[question.fileDescriptorIndex].number, &bytes, bytes.count)
            return Text(text: String(decoding: bytes.prefix(max(0, count)), as: UTF8.self))
        },
    ]
)
let server = Server(service)
var environment: [String: String] = [:]
for name in ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"] {
    environment[name] = getenv(name).map { String(cString: $0) }
}
for socket in try InheritedSocket.take(named: "varlink", environment: environment) {
    switch socket {
    case .listening(let listener): await server.run(on: [listener])
    case .connected(let connection): await server.serve(connection)
    }
}
