import Logging
import TaskFlow

// A listener that logs each change with its details as metadata, to the program's log handler.

struct EchoListener: Example {
    static let name = "echo-listener"

    func run() async throws {
        let flow = try Flow("abc") {
            for name in ["a", "b", "c"] { Step(name) { print(name) } }
        }
        var logger = Logger(label: "flows") { _ in Printer() }
        logger.logLevel = .debug
        let engine = try Engine(flow, request: Nothing(), in: MemoryStore())
        try await engine.listening(with: LoggingListener(logger)) { try await engine.run() }
    }

    /// A handler that prints, without a time.
    struct Printer: LogHandler {
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.info

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let facts = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            print("\(event.level): \(event.message) (\(facts.joined(separator: ", ")))")
        }
    }
}
