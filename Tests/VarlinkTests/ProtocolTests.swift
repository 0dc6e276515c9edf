import Glibc
import Testing

@testable import Varlink

/// What goes over the wire, byte by byte.
@Suite struct ProtocolTests {
    private static let measured = #"{"parameters":{"bytes":1}}"#

    @Test func `a call is answered with parameters, each message ended by NUL`() async throws {
        try await Harness.run { harness in
            let stranger = try harness.stranger()
            let call = #"{"method":"io.example.Files.Measure","parameters":{"name":"a"}}"#
            #expect(try await stranger.ask(call) == Self.measured)
        }
    }

    @Test func `calls that don't wait for answers are answered in their order`() async throws {
        try await Harness.run { harness in
            let stranger = try harness.stranger()
            let names = (1...50).map { String(repeating: "x", count: $0) }
            let calls = names.map { #"{"method":"io.example.Files.Measure","parameters":{"name":"\#($0)"}}"# + "\0" }
            try await stranger.send(calls.joined())
            for name in names { #expect(try await stranger.answer() == #"{"parameters":{"bytes":\#(name.count)}}"#) }
        }
    }

    @Test(arguments: ["", #","parameters":null"#, #","parameters":{}"#])
    func `absent, null and no parameters are the same`(parameters: String) async throws {
        try await Harness.run { harness in
            let stranger = try harness.stranger()
            let reply = try #require(try await stranger.ask(#"{"method":"org.varlink.service.GetInfo"\#(parameters)}"#))
            #expect(reply.contains(#""interfaces":["org.varlink.service","io.example.Files"]"#), "\(reply)")
            let refusal = try await stranger.ask(#"{"method":"io.example.Files.Measure"\#(parameters)}"#)
            #expect(refusal == Self.invalid("name"))
        }
    }

    private static func invalid(_ name: String) -> String {
        #"{"error":"org.varlink.service.InvalidParameter","parameters":{"parameter":"\#(name)"}}"#
    }

    @Test(arguments: [
        (#"{}"#, "name"), (#"{"name":null}"#, "name"), (#"{"name":7}"#, "name"), (#"{"name":"a","size":1}"#, "size"),
        (#"{"name":"a","factor":"1"}"#, "factor"), (#"{"name":"a","labels":{"k":1}}"#, "labels"),
        (#"{"name":"a","entry":{"name":"b","kind":"pipe"}}"#, "entry"),
        (#"{"name":"a","entry":{"kind":"file"}}"#, "entry"),
        (#"{"name":"a","entry":{"name":"b","kind":"file","bytes":1.5}}"#, "entry"),
        (#"{"name":"a","entry":{"name":"b","kind":"file","bytes":9223372036854775808}}"#, "entry"),
        (#"{"name":"a","entry":{"name":"b","kind":"file","x":1}}"#, "entry"), (#"{"Name":"a"}"#, "name"),
    ])
    func `unknown, missing and mistyped parameters are named`(parameters: String, name: String) async throws {
        try await Harness.run { harness in
            let stranger = try harness.stranger()
            let call = #"{"method":"io.example.Files.Measure","parameters":\#(parameters)}"#
            #expect(try await stranger.ask(call) == Self.invalid(name))
            let valid = #"{"method":"io.example.Files.Measure","parameters":{"name":"a","factor":2,"labels":null}}"#
            #expect(try await stranger.ask(valid) == Self.measured)
        }
    }

    @Test(arguments: [
        ("io.example.Files.Missing", #"MethodNotFound","parameters":{"method":"io.example.Files.Missing"}"#),
        ("io.example.Other.List", #"InterfaceNotFound","parameters":{"interface":"io.example.Other"}"#),
        ("List", #"InterfaceNotFound","parameters":{"interface":"List"}"#),
        ("io.example.Files.Plan", #"MethodNotImplemented","parameters":{"method":"io.example.Files.Plan"}"#),
        ("io.example.Files.List", #"ExpectedMore","parameters":{}"#),
    ])
    func `a call that can't be made is answered with a standard error`(method: String, error: String) async throws {
        try await Harness.run { harness in
            let stranger = try harness.stranger()
            let reply = try await stranger.ask(#"{"method":"\#(method)"}"#)
            #expect(reply == #"{"error":"org.varlink.service.\#(error)}"#)
        }
    }

    @Test func `an unknown interface has no description`() async throws {
        try await Harness.run { harness in
            let call = #"{"method":"org.varlink.service.GetInterfaceDescription","parameters":{"interface":"a.b"}}"#
            let reply = try await harness.stranger().ask(call)
            #expect(reply == #"{"error":"org.varlink.service.InterfaceNotFound","parameters":{"interface":"a.b"}}"#)
        }
    }

    @Test func `replies continue only for a call with more`() async throws {
        try await Harness.run { harness in
            let stranger = try harness.stranger()
            try await stranger.send(#"{"method":"io.example.Files.List","more":true,"parameters":{"count":2}}"# + "\0")
            #expect(try await stranger.answer() == #"{"continues":true,"parameters":{"name":"file-1"}}"#)
            #expect(try await stranger.answer() == #"{"parameters":{"name":"file-2"}}"#)
            // No file, so that a reply without parameters marks the end.
            try await stranger.send(#"{"method":"io.example.Files.List","more":true,"parameters":{"count":0}}"# + "\0")
            #expect(try await stranger.answer() == #"{"parameters":{}}"#)
            let single = #"{"method":"io.example.Files.Measure","more":true,"parameters":{"name":"a"}}"#
            #expect(try await stranger.ask(single) == Self.measured)
        }
    }

    @Test func `a oneway call has no answer, not even an error`() async throws {
        try await Harness.run { harness in
            let stranger = try harness.stranger()
            try await stranger.send(
                #"{"method":"io.example.Files.Fail","oneway":true,"parameters":{"name":"a"}}"# + "\0"
            )
            try await stranger.send(#"{"method":"io.example.Files.Nothing","oneway":true}"# + "\0")
            let call = #"{"method":"io.example.Files.Measure","parameters":{"name":"a"},"unknown":[1]}"#
            #expect(try await stranger.ask(call) == Self.measured)
        }
    }

    @Test func `nobody is switched to another protocol`() async throws {
        try await Harness.run { harness in
            let reply = try await harness.stranger()
                .ask(#"{"method":"io.example.Files.Measure","upgrade":true,"parameters":{"name":"a"}}"#)
            #expect(reply?.contains("MethodNotImplemented") == true)
        }
    }

    @Test func `a client that sends no more is answered all the same`() async throws {
        try await Harness.run { harness in
            let stranger = try harness.stranger()
            try await stranger.send(#"{"method":"io.example.Files.Measure","parameters":{"name":"a"}}"# + "\0")
            shutdown(stranger.socket.number, Int32(SHUT_WR))
            #expect(try await stranger.answer() == Self.measured)
            #expect(try await stranger.answer() == nil)
        }
    }

    @Test func `an error of a handler that its interface doesn't declare ends the connection`() async throws {
        try await Harness.run { harness in
            let stranger = try harness.stranger()
            #expect(try await stranger.ask(#"{"method":"io.example.Files.Fail","parameters":{"name":""}}"#) == nil)
            guard case .failed(_, let error) = await harness.event() else {
                Issue.record("the failure was not reported")
                return
            }
            #expect(error is SampleService.Trouble)
        }
        try await Harness.run(translates: true) { harness in
            let reply = try await harness.stranger()
                .ask(#"{"method":"io.example.Files.Fail","parameters":{"name":""}}"#)
            #expect(reply == #"{"error":"io.example.Files.NoSuchFile","parameters":{"name":"translated"}}"#)
        }
    }
}
