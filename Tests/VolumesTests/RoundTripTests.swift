import LoopbackDriver
import PostgreSQL
import SQL
import Synchronization
import TestKit
import Testing
import VolumeAPI
import VolumeDriver
import Volumes

/// How often requests wait for a server: in a network, that is what they cost.
@Suite(.scratchDirectory, .enabled(if: TestDatabase.server != nil, TestDatabase.skipReason))
struct RoundTripTests {
    /// The exchanges with the server.
    private final class Record: Sendable {
        private let exchanges = Mutex<[[String]]>([])

        func note(_ statements: [SentStatement]) {
            exchanges.withLock { $0.append(statements.map(\.statement)) }
        }

        /// Returns the number of round trips of each transaction since the last call, and prints the statements.
        func take(_ title: String) -> [Int] {
            let exchanges = exchanges.withLock { exchanges in
                defer { exchanges = [] }
                return exchanges.filter { !Self.isOccasional($0) }
            }
            var trips: [Int] = []
            for (number, statements) in exchanges.enumerated() {
                let begins = statements.contains { $0.hasPrefix("BEGIN") }
                trips = begins || trips.isEmpty ? trips + [1] : trips.dropLast() + [trips[trips.count - 1] + 1]
                print("\(title), \(trips.count)/\(number + 1):", statements.map(Self.words).joined(separator: " | "))
            }
            return trips
        }

        /// Whether it happens now and then, and not in every request: a connection is made, or a request that waits for long looks
        /// whether it has been cancelled.
        private static func isOccasional(_ statements: [String]) -> Bool {
            statements.contains { $0.contains("client_min_messages") || $0.contains("pg_backend_pid()") }
                || statements.count == 2 && statements[0].contains("READ ONLY")
                    && statements[1].contains("cancel_requested_at IS NOT NULL")
        }

        private static func words(_ statement: String) -> String {
            statement.split(whereSeparator: \.isWhitespace).joined(separator: " ").prefix(90).description
        }
    }

    @Test func `a request waits for the server only where it depends on an answer`() async throws {
        let record = Record()
        let devices = PretendDevices(in: ScratchDirectory.path + "/devices")
        let backend = LoopbackDriver(directory: ScratchDirectory.path + "/pool")
        let service = try VolumeService(
            database: TestDatabase.open(exchanges: ExchangeOptions { record.note($0) }),
            pools: [Pool(name: "default", driver: HookedDriver(backend, devices: devices) { _, _ in })],
            scope: Scope(user: "operator")
        )
        func request(_ name: String) throws -> VolumeRequest {
            VolumeRequest(
                name: try VolumeName(validating: name),
                size: .exactly(try #require(ByteCount(bytes: 1 << 20)))
            )
        }
        // The first one marks the pool, and has statements prepared.
        for name in ["one", "two"] { _ = try await service.create(request(name)) }
        _ = record.take("")
        _ = try await service.create(request("three"))
        let create = record.take("create")
        _ = try await service.attach("three")
        let attach = record.take("attach")
        _ = try await service.detach("three")
        let detach = record.take("detach")
        _ = try await service.delete("three")
        let delete = record.take("delete")
        // The first transaction of each is all of the request that is durable before its driver is called.
        #expect(create == [1, 1, 6, 1, 5, 1])
        #expect(attach.reduce(0, +) <= 17)
        #expect(detach.reduce(0, +) <= 15)
        #expect(delete.reduce(0, +) <= 15)
    }
}
