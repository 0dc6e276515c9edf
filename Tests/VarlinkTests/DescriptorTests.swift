import Glibc
import Testing

@testable import Varlink

/// Descriptors that travel with messages.
@Suite struct DescriptorTests {
    @Test func `a reply can bring an open file`() async throws {
        try await Harness.run { harness in
            let client = try await harness.client()
            let reply: Reply<SampleService.Index> =
                try await client.call("io.example.Files.Open", SampleService.Text(text: "hello"))
            #expect(reply.descriptors.count == 1 && reply.parameters.fileDescriptorIndex == 0)
            let received = try #require(reply.descriptors.first)
            #expect(content(of: received) == "hello")
            #expect(fcntl(received.number, F_GETFD) & FD_CLOEXEC != 0)
        }
    }

    @Test func `a call can bring open files, which keep their order`() async throws {
        try await Harness.run { harness in
            let client = try await harness.client()
            let texts = (0..<16).map { "text \($0);" }
            let reply: Reply<SampleService.Text> = try await client.call(
                "io.example.Files.Store",
                SampleService.Indexes(fileDescriptorIndexes: Array(texts.indices)),
                descriptors: try texts.map { try file(holding: $0) }
            )
            #expect(reply.parameters.text == texts.joined())
        }
    }

    @Test func `descriptors belong to the call that they were sent with, though others are read with it`() async throws
    {
        try await Harness.run { harness in
            let stranger = try harness.stranger()
            // The first call holds up the server, so that it reads the others together.
            try await stranger.send(#"{"method":"io.example.Files.Wait"}"# + "\0")
            let store = #"{"method":"io.example.Files.Store","parameters":{"fileDescriptorIndexes":[0]}}"# + "\0"
            try await stranger.send(store)
            try await stranger.send(store, [try file(holding: "second")])
            try await stranger.send(store)
            try await stranger.send(store, [try file(holding: "fourth")])
            harness.sample.gate.continuation.yield()
            #expect(try await stranger.answer() == #"{"parameters":{}}"#)
            for text in ["", "second", "", "fourth"] {
                #expect(try await stranger.answer() == #"{"parameters":{"text":"\#(text)"}}"#)
            }
        }
    }

    /// The reader of a pipe whose writing end was sent sees its end only if that is closed everywhere.
    private func expectClosed(_ reader: Int32) async {
        while await Poller.shared.wait(for: .hangUp, on: reader) == .happened {
            var request = pollfd(fd: reader, events: 0, revents: 0)
            if poll(&request, 1, 0) == 1 { break }
        }
    }

    @Test(arguments: [#"{"method":"org.varlink.service.GetInfo"}"#, #"{"method":"io.example.Files.Wait"}"#])
    func `descriptors that nobody asked for are closed`(call: String) async throws {
        try await Harness.run { harness in
            var ends: [Int32] = [-1, -1]
            try #require(pipe(&ends) == 0)
            defer { close(ends[0]) }
            let stranger = try harness.stranger()
            do {
                let writer = Descriptor(owning: ends[1])
                try await stranger.send(call + "\0", [writer])
            }
            // Even while the call goes on.
            await expectClosed(ends[0])
            harness.sample.gate.continuation.yield()
            #expect(try await stranger.answer() != nil)
        }
    }

    @Test func `more descriptors than a call may have end the connection, and are closed`() async throws {
        try await Harness.run { harness in
            var ends: [Int32] = [-1, -1]
            try #require(pipe(&ends) == 0)
            defer { close(ends[0]) }
            let stranger = try harness.stranger()
            do {
                let writer = Descriptor(owning: ends[1])
                let many = [Descriptor](repeating: writer, count: 9)
                // In pieces of one message, each with some.
                try await stranger.send("{", many)
                try await stranger.send("\"", many)
            }
            #expect(await harness.reasonOfDrop() == .descriptorsLost)
            await expectClosed(ends[0])
        }
    }

    @Test func `a client gets the descriptors that the limit of a message allows, and no service more`() async throws {
        let (here, there) = try socketPair()
        let limits = MessageLimits(bytes: 100, descriptors: 253)
        let (sender, receiver) = (Connection(here, limits, outgoing: 100), Connection(there, limits, outgoing: 100))
        let one = try file(holding: "")
        try await sender.send([1], [Descriptor](repeating: one, count: 253))
        #expect(try await receiver.receive()?.descriptors.count == 253)
        await #expect(throws: VarlinkError.self) {
            try await sender.send([1], [Descriptor](repeating: one, count: 254))
        }
    }
}
