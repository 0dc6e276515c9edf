import Foundation
import TestKit
import Testing

@Suite(.scratchDirectory)
struct HostileNameTests {
    private static let names = [
        "../x", "..", ".", "/etc/passwd", "a/b", "-f", "--help", "$(id)", "`id`", ";", "a|b", "a\nb", "\r", " ", "a b",
        "",
        "\u{202E}gpj", "a\u{200B}b", "\u{1B}[31mred", "\u{7F}", "é", "'", "\"", "\\", "*", "%s%n", "' OR 1=1 --", "{}",
        String(repeating: "a", count: 300), "6f1c0a8e-5a0b-4c6e-9a57-0d6c1b7f2e44",
    ]

    /// Creates the state, and returns the names in the test's directory.
    private func prepare() async throws -> Set<String> {
        try await volumectl("create", "innocent", "1M")
        return try files()
    }

    private func files() throws -> Set<String> {
        Set(try FileManager.default.subpathsOfDirectory(atPath: ScratchDirectory.path))
    }

    @Test(arguments: names)
    func `an invalid name creates nothing`(name: String) async throws {
        for arguments in [["--size", "1M", "--name", name], ["--", name, "1M"]] {
            let run = try await volumectl(["create"] + arguments)
            expect(64, from: run)
            let error = try run.error
            #expect(error.headline.contains("is not a volume name"))
            #expect(error.headline.count < 400)
        }
        #expect(!Scratch.exists(Scratch.state))
    }

    @Test(arguments: names)
    func `a reference to nothing finds nothing`(reference: String) async throws {
        let before = try await prepare()
        for command in [["show"], ["rm", "-y"], ["flow", "show"], ["flow", "retry"]] {
            let run = try await volumectl(command + ["--", reference])
            expect(3, from: run)
            _ = try run.error
        }
        let json = try await volumectl("rm", "-y", "-o", "json", "--", reference)
        expect(3, from: json)
        #expect(try json.jsonError.code == "not_found")
        #expect(try files() == before)
    }

    @Test(arguments: names.filter { !$0.isEmpty })
    func `a pool or a project of such a name is refused`(name: String) async throws {
        let before = try await prepare()
        let pool = try await volumectl("create", "a", "1M", "--pool=\(name)")
        expect(3, from: pool)
        #expect(try pool.error.headline.contains("there is no pool"))
        expect(64, from: try await volumectl("create", "a", "1M", with: ["VOLUMECTL_POOL": name]))
        if UUID(uuidString: name) == nil {
            expect(64, from: try await volumectl("ls", with: ["VOLUMECTL_PROJECT": name]))
        }
        expect(64, from: try await volumectl("ls", "--config=\(name)"))
        #expect(try files() == before)
    }

    @Test(arguments: [
        "CON", "nul", "a..b", "0", "1e3", "create", "help", "null", "true", String(repeating: "a", count: 63),
    ])
    func `a name that only looks odd is a name`(name: String) async throws {
        let volume: VolumeRecord = try await volumectl("create", name, "1M", "-o", "json").json()
        #expect(volume.name == name)
        #expect(Scratch.volumeFiles() == ["volume-\(volume.id)"])
        #expect(try await volumectl("show", name, "-o", "json").json() == volume)
        expect(0, from: try await volumectl("rm", name, "-y"))
        #expect(Scratch.volumeFiles().isEmpty)
    }

    @Test func `a name of a hundred thousand characters is refused at once`() async throws {
        let name = String(repeating: "a", count: 100_000)
        let run = try await volumectl("create", name, "1M")
        expect(64, from: run)
        #expect(run.errors.count < 1000)
        expect(64, from: try await volumectl(name))
        expect(3, from: try await volumectl("show", name))
    }
}
