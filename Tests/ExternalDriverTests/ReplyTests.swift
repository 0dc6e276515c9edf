import ExternalDriver
import Identity
import TestKit
import Testing
import VolumeDriver

/// What is made of replies, and of what is none.
@Suite(.scratchDirectory)
struct ReplyTests {
    let volume = VolumeID.random()

    @Test("An error that the executable reports is passed on as it is")
    func error() async throws {
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
        "Every code that an executable may say is known",
        arguments: [
            ("refused", DriverError.Code.refused), ("not-found", .notFound), ("busy", .busy),
            ("unsupported", .unsupported), ("retryable-elsewhere", .retryableElsewhere), ("broken", .broken),
        ]
    )
    func codes(name: String, code: DriverError.Code) async throws {
        let driver = try await Script.replying(
            #"{"protocol": 1, "error": {"code": "\#(name)", "message": "no"}}"#,
            status: 1
        )
        await #expect(throws: DriverError(code, "no")) { try await driver.delete(volume, operation: .random()) }
    }

    @Test(
        "What is no reply is a broken driver, and the error shows what it was",
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
    func noReply(reply: String, status: Int, part: String) async throws {
        let driver = try await Script.replying(reply, status: status)
        let error = try await #require(throws: DriverError.self) {
            try await driver.delete(volume, operation: .random())
        }
        #expect(error.code == .broken)
        #expect(error.message == "cannot delete volume '\(volume)'")
        #expect(try #require(error.cause).contains(part))
    }

    @Test(
        "A result that isn't what the operation answers is a broken driver",
        arguments: [
            #"{}"#, #"{"presence": "here"}"#, #"{"presence": "complete"}"#, #"{"presence": "complete", "size": -1}"#,
            #"{"presence": "complete", "size": 1e40}"#, #"{"presence": 1}"#, #"[]"#,
        ]
    )
    func wrongResult(result: String) async throws {
        let driver = try await Script.replying(#"{"protocol": 1, "result": \#(result)}"#)
        let error = await #expect(throws: DriverError.self) { try await driver.inspect(volume) }
        #expect(error?.code == .broken)
    }

    @Test(
        "A list with something twice, absent or without a proper id is a broken driver",
        arguments: [
            #"{"volume": "6F1C0A8E", "presence": "partial"}"#,
            #"{"volume": "6f1c0a8e-5a0b-4c6e-9a57-0d6c1b7f2e44", "presence": "absent"}"#,
            #"{"volume": "6f1c0a8e-5a0b-4c6e-9a57-0d6c1b7f2e44", "presence": "partial"}, "#
                + #"{"volume": "6f1c0a8e-5a0b-4c6e-9a57-0d6c1b7f2e44", "presence": "partial"}"#,
        ]
    )
    func wrongList(items: String) async throws {
        let driver = try await Script.replying(#"{"protocol": 1, "result": {"volumes": [\#(items)]}}"#)
        let error = await #expect(throws: DriverError.self) { try await driver.list() }
        #expect(error?.code == .broken)
    }

    @Test("A reply that isn't UTF-8 is refused, not repaired")
    func encoding() async throws {
        let reply = #"{"protocol": 1, "result": {"presence": "absent", "note": "\377"}}"#
        let driver = try await Script.driver(otherwise: "printf '\(reply)'")
        let error = try await #require(throws: DriverError.self) { try await driver.inspect(volume) }
        #expect(error.code == .broken)
        #expect(try #require(error.cause).contains("not UTF-8"))
    }

    @Test("A reply without an end is cut off, and refused")
    func flood() async throws {
        let driver = try await Script.driver(otherwise: "head -c 40000000 /dev/zero")
        let error = try await #require(throws: DriverError.self) { try await driver.list() }
        #expect(error.code == .broken)
        #expect(try #require(error.cause).contains("more than 32 MiB"))
    }

    @Test("Nesting without an end is refused")
    func nesting() async throws {
        let driver = try await Script.driver(otherwise: "head -c 200000 /dev/zero | tr '\\0' '['")
        let error = await #expect(throws: DriverError.self) { try await driver.list() }
        #expect(error?.code == .broken)
    }

    @Test("Unknown keys are ignored, in results and errors")
    func unknownKeys() async throws {
        let reply = #"{"protocol": 1, "since": "v9", "result": {"presence": "partial", "more": [1, {"a": null}]}}"#
        #expect(try await Script.replying(reply).inspect(volume) == .partial)
    }

    @Test("The text of a failure can't control a terminal")
    func escapes() async throws {
        let driver = try await Script.replying(
            #"{"protocol": 1, "error": {"code": "broken", "message": "a\u001b[2Jb\u202ec", "cause": "line\nline"}}"#,
            status: 1
        )
        await #expect(throws: DriverError(.broken, "a [2Jb c", cause: "line line")) {
            try await driver.delete(volume, operation: .random())
        }
    }

    @Test("What the executable said last is in the error")
    func lastWords() async throws {
        let driver = try await Script.driver(otherwise: "echo 'disk on fire' >&2; exit 9")
        let error = await #expect(throws: DriverError.self) { try await driver.delete(volume, operation: .random()) }
        #expect(error?.cause?.contains("exit status 9") == true)
        #expect(error?.cause?.contains("disk on fire") == true)
    }

    @Test("One that is killed is a broken driver")
    func killed() async throws {
        let driver = try await Script.driver(otherwise: "kill -9 $$")
        let error = await #expect(throws: DriverError.self) { try await driver.delete(volume, operation: .random()) }
        #expect(error?.code == .broken)
        #expect(error?.cause?.contains("signal 9") == true)
    }

    @Test("One that does not answer in time is ended")
    func timeLimit() async throws {
        var driver = try await Script.driver(timeLimit: .milliseconds(300), otherwise: "sleep 3600")
        for limit in [3, 30, 300] where driver.withheldFeatures == .all {  // It did not say in time what it can do.
            driver = try await Script.driver(timeLimit: .seconds(limit), otherwise: "sleep 3600")
        }
        let error = await #expect(throws: DriverError.self) { try await driver.delete(volume, operation: .random()) }
        #expect(error?.code == .timedOut)
    }

    @Test("One whose caller gives up is ended")
    func cancelled() async throws {
        let driver = try await Script.driver(otherwise: "sleep 3600")
        let call = Task { try await driver.delete(volume, operation: .random()) }
        try await Task.sleep(for: .milliseconds(200))
        call.cancel()
        let error = await #expect(throws: DriverError.self) { try await call.value }
        #expect(error?.code == .cancelled)
    }
}
