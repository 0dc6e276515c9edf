import Foundation
import Testing
import Varlink

/// The example of the README.
@Suite struct ExampleTests {
    private func print(_ word: String) { #expect(word == "hi") }

    @Test func `the example works`() async throws {
        let path = FileManager.default.temporaryDirectory.path + "/varlink-" + UUID().uuidString
        struct Word: Codable, Sendable { var word: String }

        var service = try Service(Service.Info(vendor: "Example", product: "echo", version: "1", url: "https://a.io"))
        try service.add(
            Interface(
                """
                interface io.example.Echo

                # Returns the word.
                method Say(word: string) -> (word: string)

                # Returns the word three times. Call it with 'more'.
                method Repeat(word: string) -> (word: string)

                error Rude (word: string)
                """
            ),
            [
                Handler("Say") { (said: Word, call) in
                    guard said.word != "damn" else { throw try CallError("io.example.Echo.Rude", encoding: said) }
                    return said
                },
                .streaming("Repeat") { (said: Word, call, replies: Replies<Word>) in
                    for _ in 1...2 { try await replies.send(said) }
                    return said
                },
            ]
        )
        let server = Server(service)
        let listener = try Listener.create(at: path)
        async let running: Void = server.run(on: [listener])
        let client = try await Client.connect(to: path)
        let reply = try await client.call("io.example.Echo.Say", Word(word: "hello"), returning: Word.self)
        let replies = try await client.callForMore("io.example.Echo.Repeat", Word(word: "hi"), returning: Word.self)
        for try await reply in replies {
            print(reply.parameters.word)
        }
        server.stop()
        await running
        #expect(reply.parameters.word == "hello" && reply.descriptors.isEmpty)
    }

    @Test func `the example is the one in the README`() throws {
        let page = URL(filePath: #filePath).appending(path: "../../../Sources/Varlink/README.md").standardized
        let readme = try String(contentsOf: page, encoding: .utf8)
        let code = try #require(readme.split(separator: "```swift\n").last?.split(separator: "\n```").first)
        let test = try String(contentsOf: URL(filePath: #filePath), encoding: .utf8)
        let lines = code.split(separator: "\n", omittingEmptySubsequences: false)
        let shifted = lines.map { $0.isEmpty ? "" : "        " + $0 }
        #expect(test.contains(shifted.joined(separator: "\n")))
    }
}
