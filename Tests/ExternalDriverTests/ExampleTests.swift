import ExternalDriver
import Foundation
import Identity
import Programs
import TestKit
import Testing
import VolumeDriver

/// The example driver by itself. `ContractTests` check that it keeps the contract.
@Suite(.scratchDirectory, .needsPython)
struct ExampleTests {
    let volume = VolumeID.random()
    let size = ByteCount(bytes: 1 << 20) ?? .zero

    @Test(arguments: ["capabilities", "inspect", "list", "capacity"])
    func `the example's replies match the schema`(operation: String) async throws {
        try await Example.driver().create(volume, size: size, operation: .random())
        let reply = try await Self.reply(to: ["protocol": 1, "operation": operation, "volume": "\(volume)"])
        let schema = try ProtocolSchema()
        #expect(schema.problems(of: reply, as: "reply") == [])
        let result = try #require(reply["result"])
        #expect(schema.problems(ofResult: result, of: operation) == [])
    }

    @Test func `the example's errors match the schema`() async throws {
        let reply = try await Self.reply(to: [
            "protocol": 1, "operation": "create", "volume": "../../etc/passwd", "size": 4096,
        ])
        #expect(try ProtocolSchema().problems(of: reply, as: "reply") == [])
        #expect((reply["error"] as? [String: Any])?["code"] as? String == "refused")
    }

    @Test func `the example does not follow a link in a volume's place`() async throws {
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

    @Test func `a volume that a killed example left is partial, and the next create completes it`() async throws {
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

    /// Executes the example without the driver, and returns its reply to a request.
    private static func reply(to request: [String: any Sendable]) async throws -> [String: Any] {
        let input = try JSONSerialization.data(withJSONObject: request)
        let call = ProgramCall(Example.path, [Example.pool], input: [UInt8](input), timeLimit: .seconds(600))
        let output = try await SystemPrograms().run(call).output
        return try #require(try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any])
    }
}
