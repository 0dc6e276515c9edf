import ExternalDriver
import Identity
import TestKit
import Testing
import VolumeDriver

/// What is made of replies, and of what is none.
@Suite(.scratchDirectory)
struct ReplyTests {
    let volume = VolumeID.random()

    @Test func `an error that the executable reports is passed on as it is`() async throws {
        let driver = try await Script.replying(
            """
            {"protocol": 1, "error": {"code": "busy", "message": "in use", "cause": "by pid 7", "remedy": "stop it",
             "left_behind": "a file", "may_retry": false}}
            """,
            status: 1
        )
        await #expect(
            throws: DriverError(
                .busy,
                "in use",
                cause: "by pid 7",
                remedy: "stop it",
                leftBehind: "a file",
                mayRetry: false
            )
        ) { try await driver.delete(volume, operation: .random()) }
    }

    @Test(
        arguments: [
            ("refused", DriverError.Code.refused), ("not-found", .notFound), ("busy", .busy),
            ("unsupported", .unsupported), ("retryable-elsewhere", .retryableElsewhere), ("broken", .broken),
        ]
    )
    func `every error code of the protocol is known`(name: String, code: DriverError.Code) async throws {
        let driver = try await Script.replying(
            #"{"protocol": 1, "error": {"code": "\#(name)", "message": "no"}}"#,
            status: 1
        )
        await #expect(throws: DriverError(code, "no")) { try await driver.delete(volume, operation: .random()) }
    }

    @Test(
        arguments: [
            ("", 0, "can't be read"), ("ok", 0, "ok"), (#"{"protocol": 1, "res"#, 0, #"{"protocol": 1, "res"#),
            (#"{"result": {}}"#, 0, "there is no 'protocol'"), (#"{"protocol": 2, "result": {}}"#, 0, "version 2"),
            (#"{"protocol": 1}"#, 0, "a result comes with exit status 0"),
            (#"{"protocol": 1, "result": {}}"#, 1, "a result comes with exit status 0"),
            (#"{"protocol": 1, "error": {"code": "busy", "message": "x"}}"#, 0, "an error with 1"),
            (#"{"protocol": 1, "error": {"code": "timed-out", "message": "x"}}"#, 1, "unknown code 'timed-out'"),
            (#"{"protocol": 1, "result": {}}"#, 3, "exit status 3"),
            (#"{"protocol": 1, "result": {}} {}"#, 0, "can't be read"),
            (#"[]"#, 0, "can't be read"),
        ]
    )
    func `an invalid reply is a broken driver, and the error shows the reply`(reply: String, status: Int, part: String)
        async throws
    {
        let driver = try await Script.replying(reply, status: status)
        let error = try await #require(throws: DriverError.self) {
            try await driver.delete(volume, operation: .random())
        }
        #expect(error.code == .broken)
        #expect(error.message == "cannot delete volume '\(volume)'")
        #expect(try #require(error.cause).contains(part))
    }

    @Test(
        arguments: [
            #"{}"#, #"{"presence": "here"}"#, #"{"presence": "complete"}"#, #"{"presence": "complete", "size": -1}"#,
            #"{"presence": "complete", "size": 1e40}"#, #"{"presence": 1}"#, #"[]"#,
        ]
    )
    func `a result of the wrong form is a broken driver`(result: String) async throws {
        let driver = try await Script.replying(#"{"protocol": 1, "result": \#(result)}"#)
        let error = await #expect(throws: DriverError.self) { try await driver.inspect(volume) }
        #expect(error?.code == .broken)
    }

    @Test(arguments: [#""infinite""#, #""unknown""#, "null", "-1", "1e40"])
    func `C20: a pool whose capacity is no number of bytes has none`(free: String) async throws {
        let reply = #"{"protocol": 1, "result": {"total": 1073741824, "free": \#(free)}}"#
        let driver = try await Script.replying(reply)
        let error = await #expect(throws: DriverError.self) { try await driver.capacity() }
        #expect(error?.code == .broken)
    }

    @Test(
        arguments: [
            #"{"volume": "6F1C0A8E", "presence": "partial"}"#,
            #"{"volume": "6f1c0a8e-5a0b-4c6e-9a57-0d6c1b7f2e44", "presence": "absent"}"#,
            #"{"volume": "6f1c0a8e-5a0b-4c6e-9a57-0d6c1b7f2e44", "presence": "partial"}, "#
                + #"{"volume": "6f1c0a8e-5a0b-4c6e-9a57-0d6c1b7f2e44", "presence": "partial"}"#,
        ]
    )
    func `a list with a duplicate, an absent volume or an invalid id is a broken driver`(items: String) async throws {
        let driver = try await Script.replying(#"{"protocol": 1, "result": {"volumes": [\#(items)]}}"#)
        let error = await #expect(throws: DriverError.self) { try await driver.list() }
        #expect(error?.code == .broken)
    }

    @Test func `a reply that isn't UTF-8 is refused, not repaired`() async throws {
        let reply = #"{"protocol": 1, "result": {"presence": "absent", "note": "\377"}}"#
        let driver = try await Script.driver(otherwise: "printf '\(reply)'")
        let error = try await #require(throws: DriverError.self) { try await driver.inspect(volume) }
        #expect(error.code == .broken)
        #expect(try #require(error.cause).contains("not UTF-8"))
    }

    @Test func `an endless reply is cut off and refused`() async throws {
        let driver = try await Script.driver(otherwise: "head -c 40000000 /dev/zero")
        let error = try await #require(throws: DriverError.self) { try await driver.list() }
        #expect(error.code == .broken)
        #expect(try #require(error.cause).contains("more than 32 MiB"))
    }

    @Test func `endless nesting is refused`() async throws {
        let driver = try await Script.driver(otherwise: "head -c 200000 /dev/zero | tr '\\0' '['")
        let error = await #expect(throws: DriverError.self) { try await driver.list() }
        #expect(error?.code == .broken)
    }

    @Test func `unknown keys are ignored, in results and errors`() async throws {
        let reply = #"{"protocol": 1, "since": "v9", "result": {"presence": "partial", "more": [1, {"a": null}]}}"#
        #expect(try await Script.replying(reply).inspect(volume) == .partial)
    }

    @Test func `the text of a failure can't control a terminal`() async throws {
        let driver = try await Script.replying(
            #"{"protocol": 1, "error": {"code": "broken", "message": "a\u001b[2Jb\u202ec", "cause": "line\nline"}}"#,
            status: 1
        )
        await #expect(throws: DriverError(.broken, "a [2Jb c", cause: "line line")) {
            try await driver.delete(volume, operation: .random())
        }
    }

    @Test func `the last output of the executable is in the error`() async throws {
        let driver = try await Script.driver(otherwise: "echo 'disk on fire' >&2; exit 9")
        let error = await #expect(throws: DriverError.self) { try await driver.delete(volume, operation: .random()) }
        #expect(error?.cause?.contains("exit status 9") == true)
        #expect(error?.cause?.contains("disk on fire") == true)
    }

    @Test func `an executable that is killed is a broken driver`() async throws {
        let driver = try await Script.driver(otherwise: "kill -9 $$")
        let error = await #expect(throws: DriverError.self) { try await driver.delete(volume, operation: .random()) }
        #expect(error?.code == .broken)
        #expect(error?.cause?.contains("signal 9") == true)
    }

    @Test func `an executable that does not answer in time is ended`() async throws {
        var driver = try await Script.driver(timeLimit: .milliseconds(300), otherwise: "sleep 3600")
        for limit in [3, 30, 300] where driver.withheldFeatures == .all {  // It did not say in time what it can do.
            driver = try await Script.driver(timeLimit: .seconds(limit), otherwise: "sleep 3600")
        }
        let error = await #expect(throws: DriverError.self) { try await driver.delete(volume, operation: .random()) }
        #expect(error?.code == .timedOut)
    }

    @Test func `an executable whose caller is cancelled is ended`() async throws {
        let driver = try await Script.driver(otherwise: "sleep 3600")
        let call = Task { try await driver.delete(volume, operation: .random()) }
        try await Task.sleep(for: .milliseconds(200))
        call.cancel()
        let error = await #expect(throws: DriverError.self) { try await call.value }
        #expect(error?.code == .cancelled)
    }
}
