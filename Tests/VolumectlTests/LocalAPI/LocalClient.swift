import Foundation
import PoolConfiguration
import SQL
import TestKit
import Testing
public import Varlink
import VolumeAPI
import Volumes

@testable import volumectl

/// A client of the local API of a service in this process, whose replies are compared with the description.
struct LocalClient {
    private let client: Client
    let settings: Settings

    /// Runs `body` beside a service with a database and a pool of its own.
    static func run(_ configuration: String = "", _ body: (LocalClient) async throws -> Void) async throws {
        let variables = [
            "VOLUMECTL_CONFIG": try Scratch.write(configuration, to: "local.yaml"),
            "VOLUMECTL_STATE_DIRECTORY": Scratch.state, "HOME": ScratchDirectory.path,
        ]
        let settings = Settings(
            configuration: try await ServiceConfiguration.read(environment: variables),
            choice: .json
        )
        try StateDirectory(settings.configuration).make()
        let service = try VolumeService(
            settings.configuration,
            on: settings.database.open(for: .change, in: settings.stateDirectory)
        )
        var ends: [Int32] = [-1, -1]
        try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0)
        let order = StopOrder()
        let server = Server(
            try LocalAPI(service: service, settings: settings) { order.isGiven }.makeService(checksReplies: true)
        ) { event in
            if case .failed(let call, let error) = event { Issue.record("\(call.method): \(error)") }
        }
        let (here, there) = (Descriptor(owning: ends[0]), Descriptor(owning: ends[1]))
        let serving = Task { await server.serve(there) }
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(LocalClient(client: try Client(on: here), settings: settings)))
        } catch {
            result = .failure(error)
        }
        order.give()
        server.stop()
        await serving.value
        await service.close()
        try result.get()
    }

    /// Calls a method of the interface.
    @discardableResult
    func call(_ method: String, _ parameters: [String: JSON] = [:]) async throws -> JSON {
        try await client.call("io.volumectl.Volumes.\(method)", JSON.object(parameters), returning: JSON.self)
            .parameters
    }

    /// Calls a method of the interface that sends a list.
    @discardableResult
    func list(_ method: String, _ parameters: [String: JSON] = [:]) async throws -> [JSON] {
        let replies = try await replies(method, parameters)
        return try await replies.reduce(into: []) { $0.append($1.parameters) }
    }

    /// Calls a method of the interface with `more`.
    func replies(
        _ method: String,
        _ parameters: [String: JSON] = [:]
    ) async throws -> AsyncThrowingStream<Reply<JSON>, any Error> {
        try await client.callForMore("io.volumectl.Volumes.\(method)", JSON.object(parameters), returning: JSON.self)
    }

    /// Calls a method that fails, and returns the name of the error and what it says.
    func failure(of method: String, _ parameters: [String: JSON] = [:]) async throws -> (name: String, failure: JSON?) {
        do {
            let reply = try await call(method, parameters)
            Issue.record("\(method) succeeds: \(reply)")
            return ("", nil)
        } catch let error as CallError {
            return (error.name, error.parameters["error"])
        }
    }
}

extension JSON: ExpressibleByStringLiteral {
    /// A text.
    public init(stringLiteral text: String) { self = .string(text) }

    /// The text, if it is one.
    var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    /// The number, if it is one without a fraction.
    var number: Int64? {
        guard case .int(let number) = self else { return nil }
        return number
    }
}
