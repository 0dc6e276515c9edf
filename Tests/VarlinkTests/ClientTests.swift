import Glibc
import Testing

@testable import Varlink

/// What a client does with services of all kinds.
@Suite struct ClientTests {
    private typealias Name = SampleService.Name

    /// A client of a service that sends these bytes.
    private func client(answeredBy text: String) async throws -> (Client, Descriptor) {
        let (here, there) = try socketPair()
        _ = try SocketCalls.send(Array(text.utf8)[...], [], to: there.number)
        return (try Client(on: here), there)
    }

    @Test func `the replies to a call for more end with the last one`() async throws {
        try await Harness.run { harness in
            let client = try await harness.client()
            for count in [0, 1, 5] {
                let replies = try await client.callForMore(
                    "io.example.Files.List",
                    SampleService.Count(count: count),
                    returning: Name.self
                )
                var names: [String] = []
                for try await reply in replies { names.append(reply.parameters.name) }
                #expect(names == (0..<count).map { "file-\($0 + 1)" })
            }
        }
    }

    @Test func `an error of the service has its name and its parameters, and leaves the connection open`() async throws
    {
        try await Harness.run { harness in
            let client = try await harness.client()
            for _ in 1...2 {
                let error = await #expect(throws: CallError.self) {
                    try await client.call("io.example.Files.Fail", Name(name: "x"), returning: NoParameters.self)
                }
                #expect(error == CallError("io.example.Files.NoSuchFile", ["name": .string("x")]))
            }
            let replies = try await client.callForMore("io.example.Files.Plan", returning: Name.self)
            await #expect(throws: CallError.methodNotImplemented("io.example.Files.Plan")) {
                for try await _ in replies {}
            }
        }
    }

    @Test func `a oneway call is made, and is not waited for`() async throws {
        try await Harness.run { harness in
            let client = try await harness.client()
            try await client.callOneway("io.example.Files.Wait")
            for await news in harness.sample.news.stream where news.hasPrefix("begun") { break }
            harness.sample.gate.continuation.yield()
            let size = try await client.call(
                "io.example.Files.Measure",
                Name(name: "a"),
                returning: SampleService.Size.self
            )
            #expect(size.parameters.bytes == 1)
        }
    }

    @Test func `one call at a time is under way`() async throws {
        try await Harness.run { harness in
            let client = try await harness.client()
            let replies = try await client.callForMore("io.example.Files.Watch", returning: Name.self)
            let error = await #expect(throws: VarlinkError.self) {
                try await client.call("org.varlink.service.GetInfo", returning: Service.Info.self)
            }
            #expect(error?.code == .busy)
            client.close()
            await #expect(throws: VarlinkError.self) { for try await _ in replies {} }
        }
    }

    @Test func `a cancelled call closes the connection`() async throws {
        try await Harness.run { harness in
            let client = try await harness.client()
            let call = Task { try await client.call("io.example.Files.Wait", returning: NoParameters.self) }
            for await news in harness.sample.news.stream where news.hasPrefix("begun") { break }
            call.cancel()
            await #expect(throws: CancellationError.self) { try await call.value }
            let error = await #expect(throws: VarlinkError.self) {
                try await client.call("org.varlink.service.GetInfo", returning: Service.Info.self)
            }
            #expect(error?.code == .closed)
            harness.sample.gate.continuation.yield()
        }
    }

    @Test func `who stops reading a stream by cancelling ends it at the service, too`() async throws {
        try await Harness.run { harness in
            let client = try await harness.client()
            let replies = try await client.callForMore("io.example.Files.Watch", returning: Name.self)
            let (names, seen) = AsyncStream<String>.makeStream()
            let reading = Task { for try await reply in replies { seen.yield(reply.parameters.name) } }
            for await _ in names { break }
            reading.cancel()
            _ = await reading.result
            for await news in harness.sample.news.stream where news == "cancelled Watch" { break }
        }
    }

    @Test func `a call that takes longer than it may closes the connection`() async throws {
        let (here, there) = try socketPair()
        let client = try Client(on: here)
        let error = await #expect(throws: VarlinkError.self) {
            try await client.call("a.b.C", timeLimit: .milliseconds(20), returning: NoParameters.self)
        }
        #expect(error?.code == .timedOut)
        let connection = Connection(there, MessageLimits(bytes: 100, descriptors: 0), outgoing: 100)
        #expect(try await connection.receive()?.bytes == Array(#"{"method":"a.b.C","parameters":{}}"#.utf8))
        #expect(try await connection.receive() == nil)
    }

    @Test(arguments: [
        "{\0", "7\0", "\0", #"{"error":7}"# + "\0", #"{"continues":1}"# + "\0", #"{"parameters":{"bytes":"x"}}"# + "\0",
        #"{"parameters":{},"continues":true}"# + "\0",
    ])
    func `an answer that is none is an error, not a crash`(answer: String) async throws {
        let (client, service) = try await client(answeredBy: answer)
        let error = await #expect(throws: VarlinkError.self) {
            try await client.call("a.b.C", returning: SampleService.Size.self)
        }
        #expect(error?.code == .malformed)
        withExtendedLifetime(service) {}
    }

    @Test func `members of a reply that the client doesn't know are ignored`() async throws {
        let (client, service) = try await client(answeredBy: #"{"parameters":{"bytes":1,"new":[]},"new":1}"# + "\0")
        #expect(try await client.call("a.b.C", returning: SampleService.Size.self).parameters.bytes == 1)
        withExtendedLifetime(service) {}
    }

    @Test func `a service that goes away within an answer is one that has closed the connection`() async throws {
        for text in ["", "{"] {
            let (here, there) = try socketPair()
            _ = try SocketCalls.send(Array(text.utf8)[...] + [32], [], to: there.number)
            let client = try Client(on: here)
            let call = Task { try await client.call("a.b.C", returning: NoParameters.self) }
            shutdown(there.number, Int32(SHUT_WR))
            let error = await #expect(throws: VarlinkError.self) { try await call.value }
            #expect(error?.code == .closed)
        }
    }

    @Test func `where nobody listens, the error says what to do`() async throws {
        let error = await #expect(throws: VarlinkError.self) { try await Client.connect(to: "/nonexistent/socket") }
        #expect(error?.code == .cannotConnect && error?.advice == "start the service")
    }
}
