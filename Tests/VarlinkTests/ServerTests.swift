import Glibc
import Testing

@testable import Varlink

/// The beginning and the end of calls, connections and servers.
@Suite struct ServerTests {
    private func expect(_ news: String, of harness: Harness) async {
        for await text in harness.sample.news.stream where text.hasPrefix(news) { break }
    }

    private static let watch = #"{"method":"io.example.Files.Watch","more":true}"# + "\0"
    private static let wait = #"{"method":"io.example.Files.Wait"}"# + "\0"

    @Test func `a reply of a stream is sent as soon as there is one`() async throws {
        try await Harness.run { harness in
            let stranger = try harness.stranger()
            try await stranger.send(Self.watch)
            #expect(try await stranger.answer() == #"{"continues":true,"parameters":{"name":"first"}}"#)
        }
    }

    @Test func `a client that hangs up ends a stream`() async throws {
        try await Harness.run { harness in
            let stranger = try harness.stranger()
            try await stranger.send(Self.watch)
            _ = try await stranger.answer()
            stranger.connection.close()
            await expect("cancelled Watch", of: harness)
        }
    }

    @Test func `a client that hangs up does not end what it has started`() async throws {
        try await Harness.run { harness in
            let stranger = try harness.stranger()
            try await stranger.send(Self.wait)
            await expect("begun Wait of \(getpid())", of: harness)
            stranger.connection.close()
            harness.sample.gate.continuation.yield()
            await expect("ended Wait", of: harness)
        }
    }

    @Test func `a server that stops answers what runs and begins nothing`() async throws {
        try await Harness.run { harness in
            let (idle, busy) = (try harness.stranger(), try harness.stranger())
            _ = try await idle.ask(#"{"method":"org.varlink.service.GetInfo"}"#)
            try await busy.send(Self.wait + Self.wait)
            await expect("begun Wait", of: harness)
            harness.server.stop()
            #expect(try await idle.answer() == nil)
            harness.sample.gate.continuation.yield()
            #expect(try await busy.answer() == #"{"parameters":{}}"#)
            #expect(try await busy.answer() == nil)
        }
    }

    @Test func `a server that has stopped leaves no file behind`() async throws {
        try await Harness.run { harness in
            let path = harness.path + "-2"
            let listener = try Listener.create(at: path)
            let server = Server(try SampleService().make())
            let running = Task { await server.run(on: [listener]) }
            #expect(access(path, F_OK) == 0)
            _ = try await Client.connect(to: path)
            server.stop()
            await running.value
            #expect(access(path, F_OK) != 0)
        }
    }

    @Test func `a cancelled server ends the calls that run`() async throws {
        let (here, there) = try socketPair()
        let sample = SampleService()
        let server = Server(try sample.make())
        let serving = Task { await server.serve(there) }
        let client = try Client(on: here)
        let stream = try await client.callForMore("io.example.Files.Watch", returning: SampleService.Name.self)
        var replies = stream.makeAsyncIterator()
        _ = try await replies.next()
        serving.cancel()
        await serving.value
        await #expect(throws: VarlinkError.self) { try await replies.next() }
    }

    @Test func `a handler's reply that its interface doesn't declare is a defect, in tests`() throws {
        let service = try SampleService().make()
        let call = try CallMessage(Array(#"{"method":"io.example.Files.Measure"}"#.utf8))
        #expect(throws: VarlinkError.self) { try service.encode(["bytes": "1"], to: call, continues: false) }
        #expect(throws: VarlinkError.self) { try service.encode(["bytes": 1, "more": 1], to: call, continues: false) }
        #expect(throws: VarlinkError.self) { try service.encode(CallError("io.example.Files.Unknown")) }
        #expect(throws: VarlinkError.self) { try service.encode(CallError("io.example.Files.NoSuchFile")) }
        #expect(throws: Never.self) { try service.encode(["bytes": 1], to: call, continues: false) }
    }

    @Test func `handlers are those of the interface's methods`() throws {
        var service = try SampleService().make()
        let handler = Handler("Other") { (_: NoParameters, _) in NoParameters() }
        let interface = try Interface("interface a.b\nmethod Some() -> ()")
        #expect(throws: VarlinkError.self) { try service.add(interface, [handler]) }
        let some = Handler("Some") { (_: NoParameters, _) in NoParameters() }
        #expect(throws: VarlinkError.self) { try service.add(interface, [some, some]) }
        try service.add(interface, [some])
        #expect(throws: VarlinkError.self) { try service.add(interface, [some]) }
        #expect(service.names == ["org.varlink.service", "io.example.Files", "a.b"])
    }
}
