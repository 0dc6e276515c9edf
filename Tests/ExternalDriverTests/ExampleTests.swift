import ExternalDriver
import Foundation
import Identity
import TestKit
import Testing
import VolumeDriver

/// The example that authors begin with, by itself. That it keeps the contract, DriverKit finds out.
@Suite(.scratchDirectory, .needsPython)
struct ExampleTests {
    let volume = VolumeID.random()
    let size = ByteCount(bytes: 1 << 20) ?? .zero

    @Test(
        "What the example replies is what the schema says",
        arguments: ["capabilities", "inspect", "list", "capacity"]
    )
    func schema(operation: String) async throws {
        try await Example.driver().create(volume, size: size, operation: .random())
        let reply = try Self.reply(to: ["protocol": 1, "operation": operation, "volume": "\(volume)"])
        let schema = try ProtocolSchema()
        #expect(schema.problems(of: reply, as: "reply") == [])
        let result = try #require(reply["result"])
        #expect(schema.problems(ofResult: result, of: operation) == [])
    }

    @Test("An error of the example is what the schema says")
    func errorSchema() throws {
        let reply = try Self.reply(to: [
            "protocol": 1, "operation": "create", "volume": "../../etc/passwd", "size": 4096,
        ])
        #expect(try ProtocolSchema().problems(of: reply, as: "reply") == [])
        #expect((reply["error"] as? [String: Any])?["code"] as? String == "refused")
    }

    @Test("The example does not follow a link that somebody put in a volume's place")
    func link() async throws {
        let driver = try await Example.driver()
        try await driver.setUp()
        let target = ScratchDirectory.path + "/precious"
        #expect(FileManager.default.createFile(atPath: target, contents: Data("precious".utf8)))
        let place = "\(Example.pool)/volume-\(volume)"
        try FileManager.default.createSymbolicLink(atPath: place, withDestinationPath: target)
        for call in [
            { try await driver.create(volume, size: size, operation: .random()) },
            { try await driver.delete(volume, operation: .random()) },
            { _ = try await driver.inspect(volume) },
        ] {
            let error = await #expect(throws: DriverError.self) { try await call() }
            #expect(error?.code == .broken)
        }
        #expect(try String(contentsOfFile: target, encoding: .utf8) == "precious")
    }

    @Test("What a killed example left is partial, and the next create finishes it")
    func partial() async throws {
        let driver = try await Example.driver()
        try await driver.setUp()
        let place = "\(Example.pool)/.volume-\(volume).partial"
        #expect(FileManager.default.createFile(atPath: place, contents: Data("half".utf8)))
        #expect(try await driver.inspect(volume) == .partial)
        #expect(try await driver.list() == [BackendVolume(id: volume, presence: .partial)])
        try await driver.create(volume, size: size, operation: .random())
        #expect(try await driver.inspect(volume) == .complete(size))
        #expect(try FileManager.default.contentsOfDirectory(atPath: Example.pool) == ["volume-\(volume)"])
        let content = try Data(contentsOf: URL(filePath: "\(Example.pool)/volume-\(volume)"))
        #expect(content == Data(count: 1 << 20))
    }

    /// What the example answers to a request, by the shell that an author would use.
    private static func reply(to request: [String: any Sendable]) throws -> [String: Any] {
        let process = Process()
        let (input, output) = (Pipe(), Pipe())
        process.executableURL = URL(filePath: Example.path)
        process.arguments = [Example.pool]
        (process.standardInput, process.standardOutput) = (input, output)
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: JSONSerialization.data(withJSONObject: request))
        try input.fileHandleForWriting.close()
        let data = try #require(try output.fileHandleForReading.readToEnd())
        process.waitUntilExit()
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }
}
