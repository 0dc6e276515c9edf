import Glibc
import Testing

@testable import Varlink

/// Peers that want to do harm, or are broken. In each test somebody else is served afterwards.
@Suite struct HostileTests {
    private func expectService(_ harness: Harness) async throws {
        let size: SampleService.Size = try await harness.client()
            .call("io.example.Files.Measure", SampleService.Name(name: "abc")).parameters
        #expect(size.bytes == 3)
    }

    private static let texts = [
        "nothing": "\0", "another protocol": "GET / HTTP/1.1\r\n\r\n\0", "no method": "{}\0", "a list": "[]\0",
        "no name": #"{"method":7}"# + "\0", "no flag": #"{"method":"a.B","more":1}"# + "\0",
        "contradicting flags": #"{"method":"a.B","more":true,"oneway":true}"# + "\0",
        "no object": #"{"method":"a.B","parameters":[]}"# + "\0",
        "two methods": #"{"method":"a.B","method":"a.C"}"# + "\0",
        "two values": #"{"method":"a.B"} x"# + "\0", "NaN": #"{"method":"a.B","parameters":{"a":NaN}}"# + "\0",
        "deep nesting": #"{"method":"a.B","parameters":{"a":"# + String(repeating: "[", count: 100_000) + "\0",
        "half a surrogate pair": #"{"method":"a.B","parameters":{"a":"\ud800"}}"# + "\0",
        "surrogates in the wrong order": #"{"method":"a.B","parameters":{"a":"\udc00\ud800"}}"# + "\0",
        "infinity": #"{"method":"a.B","parameters":{"a":1e999}}"# + "\0",
        "a leading zero": #"{"method":"a.B","parameters":{"a":01}}"# + "\0",
        "many NULs": String(repeating: "\0", count: 200_000),
    ]

    @Test(arguments: texts.keys.sorted())
    func `whoever sends no calls is dropped`(what: String) async throws {
        let text = try #require(Self.texts[what])
        try await Harness.run { harness in
            let stranger = try harness.stranger()
            // The server may have closed the connection before all is sent.
            try? await stranger.send(text)
            #expect(try await stranger.answer() == nil)
            #expect(await harness.reasonOfDrop() == .malformed)
            try await expectService(harness)
        }
    }

    @Test(arguments: [[0xFF, 0xFE], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80]] as [[UInt8]])
    func `a string that is no Unicode is refused`(bytes: [UInt8]) async throws {
        try await Harness.run { harness in
            let stranger = try harness.stranger()
            try await stranger.send(Array(#"{"method":"a.B"#.utf8) + bytes + Array(#""}"#.utf8) + [0])
            #expect(try await stranger.answer() == nil)
            #expect(await harness.reasonOfDrop() == .malformed)
        }
    }

    @Test func `a message is at most as long as the limit`() async throws {
        var limits = ServerLimits.patient
        limits.callBytes = 1000
        try await Harness.run(limits: limits) { harness in
            let call = #"{"method":"io.example.Files.Measure","parameters":{"name":"a"}}"#
            let padding = String(repeating: " ", count: 1000 - call.utf8.count)
            #expect(try await harness.stranger().ask(call + padding) == #"{"parameters":{"bytes":1}}"#)
            let stranger = try harness.stranger()
            try? await stranger.send(call + padding + " \0")
            #expect(try await stranger.answer() == nil)
            #expect(await harness.reasonOfDrop() == .tooLarge)
        }
    }

    @Test func `a message without an end is cut off at the limit`() async throws {
        try await Harness.run { harness in
            let stranger = try harness.stranger()
            try? await stranger.send([UInt8](repeating: UInt8(ascii: "["), count: 3 << 20))
            #expect(await harness.reasonOfDrop() == .tooLarge)
            try await expectService(harness)
        }
    }

    @Test func `a message that is half sent has a time limit`() async throws {
        var limits = ServerLimits.patient
        limits.callTime = .milliseconds(100)
        try await Harness.run(limits: limits) { harness in
            // A connection without a message may wait as long as it likes.
            let patient = try harness.stranger()
            let stranger = try harness.stranger()
            try await stranger.send(#"{"method":"#)
            #expect(await harness.reasonOfDrop() == .timedOut)
            let reply = try await patient.ask(#"{"method":"org.varlink.service.GetInfo"}"#)
            #expect(reply?.contains("Example") == true)
        }
    }

    @Test func `a peer that reads nothing is dropped and holds nobody up`() async throws {
        var limits = ServerLimits.patient
        limits.replyTime = .milliseconds(200)
        try await Harness.run(limits: limits) { harness in
            let stranger = try harness.stranger()
            try await stranger.send(
                #"{"method":"io.example.Files.List","more":true,"parameters":{"count":1000000}}"# + "\0"
            )
            try await expectService(harness)
            #expect(await harness.reasonOfDrop() == .timedOut)
        }
    }

    /// A thousand, if the tests may open as many files; each takes two.
    private static let manyConnections: Int = {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return min(1000, Int(clamping: limit.rlim_cur) / 4)
    }()

    @Test func `half-open connections hold nobody up, however many`() async throws {
        var limits = ServerLimits.patient
        limits.connectionsPerUser = 1100
        limits.connections = 1100
        try await Harness.run(limits: limits) { harness in
            let client = try await harness.client()
            var strangers: [Stranger] = []
            while strangers.count < Self.manyConnections {
                do {
                    strangers.append(try harness.stranger())
                } catch let error as VarlinkError where error.cause == SystemCalls.text(of: EAGAIN) {
                    // The queue of the socket is full: the server accepts what is there before it answers this.
                    let _: Reply<SampleService.Size> =
                        try await client.call("io.example.Files.Measure", SampleService.Name(name: "a"))
                    continue
                }
                try await strangers.last?.send(#"{"method":"io."#)
            }
            try await expectService(harness)
            let reply = try await strangers.last?.ask(#"example.Files.Measure","parameters":{"name":"a"}}"#)
            #expect(reply == #"{"parameters":{"bytes":1}}"#)
        }
    }

    @Test func `connections are limited in all and for each user`() async throws {
        for perUser in [true, false] {
            var limits = ServerLimits.patient
            if perUser { limits.connectionsPerUser = 2 } else { limits.connections = 2 }
            try await Harness.run(limits: limits) { harness in
                let first = try await harness.client()
                let second = try harness.stranger()
                _ = try await second.ask(#"{"method":"org.varlink.service.GetInfo"}"#)
                let third = try harness.stranger()
                #expect(try await third.answer() == nil)
                guard case .refused(let peer) = await harness.event() else {
                    Issue.record("the third connection was not refused")
                    return
                }
                #expect(peer == first.service && peer.process == getpid() && peer.user == geteuid())
                second.connection.close()
                // The place is free as soon as the server has seen that.
                while try await harness.stranger().ask(#"{"method":"org.varlink.service.GetInfo"}"#) == nil {}
                _ = first
            }
        }
    }
}
