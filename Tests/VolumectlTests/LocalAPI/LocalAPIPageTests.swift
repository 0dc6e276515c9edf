import Foundation
import Programs
import TestKit
import Testing
import Varlink

/// Runs the listings of `docs/local-api.md`.
@Suite(.scratchDirectory)
struct LocalAPIPageTests {
    private static let page = URL(filePath: #filePath).appending(path: "../../../../docs/local-api.md").standardized

    private static func listings(_ language: String) throws -> [String] {
        try String(contentsOf: page, encoding: .utf8).components(separatedBy: "```\(language)\n").dropFirst()
            .map { $0.components(separatedBy: "\n```")[0] }
    }

    private static var socket: String { ScratchDirectory.path + "/s" }

    private func serving(_ body: () async throws -> Void) async throws {
        let service = try Background("serve", "--socket", Self.socket)
        try await service.says("serving on ")
        let result: Result<Void, any Error>
        do {
            result = .success(try await body())
        } catch {
            result = .failure(error)
        }
        service.send(SIGTERM)
        #expect(await service.status() == 0)
        try result.get()
    }

    /// Where there is no varlinkctl, the same calls are made by this package's client.
    @Test func `the calls of varlinkctl are answered`() async throws {
        let lines = try Self.listings("sh").joined(separator: "\n").split(separator: "\n")
            .filter { $0.hasPrefix("varlinkctl call ") }
        #expect(lines.count == 10)
        try await serving {
            for line in lines {
                let call = try #require(
                    line.wholeMatch(of: /varlinkctl call ?(--more)? \/run\/volumectl\/(\S+) (\S+) '(.*)'/)
                )
                let (method, parameters) = (String(call.3), String(call.4))
                #expect(call.2 == "io.volumectl.Volumes")
                guard !Machine.has("varlinkctl") else {
                    let more = call.1.map { [String($0)] } ?? []
                    let words = more + ["call", Self.socket, method, parameters]
                    let result = try await SystemPrograms().run(ProgramCall("varlinkctl", words))
                    #expect(result.isSuccess, "\(line): \(result.messages)")
                    continue
                }
                let client = try await Client.connect(to: Self.socket)
                let members = try JSONDecoder().decode(JSON.self, from: Data(parameters.utf8))
                if call.1 == nil {
                    _ = try await client.call(method, members, returning: JSON.self)
                } else {
                    for try await _ in try await client.callForMore(method, members, returning: JSON.self) {}
                }
            }
        }
    }

    @Test(.enabled(if: BuiltProgram.varlinkClients != nil, "needs clients from PyPI: run Scripts/varlink/clients"))
    func `the Python program prints what the page shows`() async throws {
        let program = try #require(Self.listings("python").first)
            .replacing("/run/volumectl/io.volumectl.Volumes", with: Self.socket)
        let path = try Scratch.write(program, to: "jobs.py")
        try await serving {
            let environment = ["PYTHONPATH": BuiltProgram.varlinkClients ?? "", "PYTHONDONTWRITEBYTECODE": "1"]
            let call = ProgramCall("python3", [path], environment: environment, timeLimit: .seconds(3600))
            let result = try await SystemPrograms().run(call)
            #expect(try result.output == Self.listings("text").first.map { $0 + "\n" }, "\(result.messages)")
        }
    }

    @Test func `the Swift program does the same jobs`() async throws {
        let path = Self.socket
        var lines: [String] = []
        func print(_ value: some Any) { lines.append("\(value)") }
        try await serving {
            struct Volume: Decodable, Sendable {
                var name: String?, status: String, sizeBytes: Int64, flow: String?
                enum CodingKeys: String, CodingKey {
                    case name, status, flow
                    case sizeBytes = "size_bytes"
                }
            }
            struct OneVolume: Decodable, Sendable { var volume: Volume }
            struct OneState: Decodable, Sendable { var state: String }
            struct OneFlow: Decodable, Sendable { var flow: OneState }

            let client = try await Client.connect(to: path)
            func call<Answer: Decodable & Sendable>(_ method: String, _ parameters: JSON, _ type: Answer.Type)
                async throws -> Answer
            {
                let reply = try await client.call("io.volumectl.Volumes." + method, parameters, returning: type)
                return reply.parameters
            }
            func each<Answer: Decodable & Sendable>(_ method: String, _ parameters: JSON, _ type: Answer.Type)
                async throws -> [Answer]
            {
                let replies = try await client.callForMore(
                    "io.volumectl.Volumes." + method,
                    parameters,
                    returning: type
                )
                return try await replies.reduce(into: []) { $0.append($1.parameters) }
            }
            let gibibyte: Int64 = 1 << 30
            let name = ["volume": JSON.string("pg-data")]

            var size = JSON.int(10 * gibibyte)
            let made = try await call(
                "Create",
                .object(["name": .string("pg-data"), "size_bytes": size]),
                OneVolume.self
            )
            print(made.volume.status)
            print(try await call("Get", .object(name), OneVolume.self).volume.sizeBytes / gibibyte)
            size = .int(20 * gibibyte)
            let larger = try await call("Extend", .object(name.merging(["size_bytes": size]) { $1 }), OneVolume.self)
            print(larger.volume.sizeBytes / gibibyte)
            _ = try await call("CreateSnapshot", .object(name.merging(["name": .string("monday")]) { $1 }), JSON.self)
            let source = JSON.string("pg-data@monday")
            let copy: JSON = .object(["name": .string("copy"), "snapshot": source, "wait_seconds": .int(0)])
            let flow = try await call("Create", copy, OneVolume.self).volume.flow ?? ""
            let states = try await each("WatchFlow", .object(["flow": .string(flow)]), OneFlow.self)
            print(states.last?.flow.state ?? "")
            print(try await each("List", .empty, OneVolume.self).compactMap(\.volume.name))
            print(try await each("ListPools", .empty, JSON.self).count)
            let quota = try await call("GetQuota", .empty, JSON.self)
            print(quota["quota"]?["volumes"]?["in_use"] == .int(2))
            do {
                _ = try await call(
                    "Create",
                    .object(["name": .string("pg-data"), "size_bytes": .int(1)]),
                    OneVolume.self
                )
            } catch let error as CallError {
                print(error.name)
            }
            _ = try await call("Delete", .object(name.merging(["cascade": .bool(true)]) { $1 }), JSON.self)
        }
        #expect(
            lines == [
                "available", "10", "20", "success", #"["pg-data", "copy"]"#, "1", "true",
                "io.volumectl.Volumes.Conflict",
            ]
        )
    }

    @Test func `the Swift program is the one on the page`() throws {
        let listing = try #require(Self.listings("swift").first)
        let lines = listing.split(separator: "\n", omittingEmptySubsequences: false)
        let shifted = lines.map { $0.isEmpty ? "" : "            " + $0 }
        let test = try String(contentsOf: URL(filePath: #filePath), encoding: .utf8)
        #expect(test.contains(shifted.joined(separator: "\n")))
    }
}
