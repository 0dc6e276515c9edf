import Foundation
import TestKit
import Testing

/// Which records a list shows, which fields of them, and in which order and notation.
@Suite(.scratchDirectory)
struct FilterTests {
    private func fill() async throws {
        try await volumectl("create", "big", "3M", "--label", "env=prod", "--description", "a, \"b\"")
        try await volumectl("create", "ci-1", "1M", "--label", "env=test")
        try await volumectl("create", "ci-2", "2M")
    }

    private func names(_ filters: String...) async throws -> [String] {
        let run = try await volumectl(["ls", "-o", "name"] + filters.flatMap { ["--filter", $0] })
        expect(0, from: run)
        return run.lines
    }

    @Test func `conditions of one filter are all met, and of several filters one`() async throws {
        try await fill()
        #expect(try await names("size>1M,name~^ci-") == ["ci-2"])
        #expect(try await names("size>1M", "name=ci-1") == ["big", "ci-1", "ci-2"])
        #expect(try await names("size>=2M,size<=2M") == ["ci-2"])
        #expect(try await names("label.env=prod") == ["big"])
        #expect(try await names("label.env!=prod") == ["ci-1", "ci-2"])
        #expect(try await names("label.env=") == ["ci-2"])
        #expect(try await names("description~a\\, \"") == ["big"])
        #expect(try await names("status=available,age<7d,created<7d,protected=no,pool~.") == ["big", "ci-1", "ci-2"])
        #expect(try await names("age>7d") == [])
        #expect(try await names("created>2020-01-01,created<2020-01-02T00:00:00Z") == [])
    }

    @Test(arguments: [
        "colour=red", "name", "=a", "size>", "size~1", "size>1X", "status=availabel", "status>a", "age>soon",
        "protected=maybe", "label=env", "name.x=1", "name~(", "created>yesterday", "", "size>1M,", "size>+1G",
    ])
    func `a filter that can't be understood is refused before anything is touched`(filter: String) async throws {
        let run = try await volumectl("rm", "--filter", filter, "-y")
        expect(64, from: run)
        #expect(run.output.isEmpty)
        _ = try run.error
        #expect(!Scratch.exists(Scratch.database))
    }

    @Test func `an unknown field is refused with the list of fields`() async throws {
        for arguments in [["--filter", "colour=red"], ["-c", "colour"], ["--sort", "colour"]] {
            let run = try await volumectl(["ls"] + arguments)
            expect(64, from: run)
            #expect(try run.error.cause?.contains("the fields are name, size, pool,") == true)
        }
        expect(64, from: try await volumectl("ls", "--sort", "size:down"))
    }

    @Test func `fields are printed as asked for, in every notation`() async throws {
        try await fill()
        let fields = ["ls", "--sort", "size:desc", "-c", "name", "-c", "size_bytes", "-c", "description"]
        #expect(
            try await volumectl(fields + ["-o", "csv"]).output == """
                name,size_bytes,description
                big,3145728,"a, ""b\"""
                ci-2,2097152,
                ci-1,1048576,

                """
        )
        #expect(
            try await volumectl(fields + ["-o", "value"]).lines
                == ["big 3145728 a, \"b\"", "ci-2 2097152 -", "ci-1 1048576 -"]
        )
        #expect(
            try await volumectl(fields + ["-o", "yaml"]).lines.prefix(3)
                == ["- description: \"a, \\\"b\\\"\"", "  name: \"big\"", "  size_bytes: 3145728"]
        )
        struct Picked: Decodable, Equatable { let name: String, size_bytes: Int64 }
        let picked = try await volumectl(["ls", "--filter", "name=ci-1", "-c", "name,size", "-o", "jsonl"]).line
        #expect(
            try JSONDecoder().decode(Picked.self, from: Data(picked.utf8)) == Picked(name: "ci-1", size_bytes: 1 << 20)
        )
        #expect(try await volumectl("ls", "-c", "NAME", "--sort", "size").lines == ["NAME", "ci-1", "ci-2", "big"])
        #expect(try await volumectl("ls", "-c", "name", "--no-headers", "-o", "csv").lines == ["big", "ci-1", "ci-2"])
    }

    @Test func `an object is printed in every notation, too`() async throws {
        try await fill()
        let json = try await volumectl("show", "big", "-o", "jsonl").line
        #expect(json.hasPrefix("{") && json.contains("\"name\":\"big\""))
        #expect(try await volumectl("show", "big", "-o", "yaml").lines.contains("name: \"big\""))
        #expect(try await volumectl("show", "big", "-o", "name").line == "big")
        #expect(try await volumectl("show", "big", "-o", "csv").lines.count == 2)
        #expect(try await volumectl("create", "new", "1M", "-o", "name").line == "new")
        let missing = try await volumectl("show", "none", "-o", "yaml")
        expect(3, from: missing)
        #expect(missing.errors.hasPrefix("{\"error\":"))
    }

    @Test func `flows, pools, types and snapshots are listed by the same options`() async throws {
        try await fill()
        try await volumectl("snapshot", "create", "big", "s1")
        #expect(try await volumectl("snapshot", "ls", "--filter", "volume=big", "-o", "name").line == "big@s1")
        #expect(try await volumectl("snapshot", "ls", "--filter", "volume!=big", "-q").lines == [])
        let flows = ["flow", "ls", "--filter", "kind=create-volume", "-o", "value", "-c", "object"]
        #expect(try await volumectl(flows).lines == ["ci-2", "ci-1", "big"])
        #expect(try await volumectl(flows + ["--limit", "1"]).lines == ["ci-2"])
        #expect(try await volumectl("pool", "ls", "--filter", "state=up,volumes=3", "-o", "name").line == "default")
        try await volumectl("type", "create", "ssd", "--spec", "media=ssd")
        try await volumectl("type", "create", "hdd", "--spec", "media=hdd")
        #expect(try await volumectl("type", "ls", "--filter", "spec.media=ssd", "-o", "name").line == "ssd")
    }

    @Test func `volumes that match a filter are removed, but only after a look and a confirmation`() async throws {
        try await fill()
        #expect(
            try await volumectl("rm", "--filter", "name~^ci-", "--dry-run", "-o", "name").lines == ["ci-1", "ci-2"]
        )
        #expect(try await volumectl("rm", "big", "--dry-run", "-o", "name").lines == ["big"])
        expect(64, from: try await volumectl("rm", "--filter", "name~^ci-"))
        expect(64, from: try await volumectl("rm", "big", "--filter", "name~^ci-", "-y"))
        expect(64, from: try await volumectl("rm", "-y"))
        #expect(try await names() == ["big", "ci-1", "ci-2"])
        expect(0, from: try await volumectl("rm", "--filter", "name~^ci-", "-y"))
        #expect(try await names() == ["big"])
        expect(0, from: try await volumectl("rm", "--filter", "name~^ci-", "-y"))
    }

    @Test(arguments: ["sizes", "filters", "output", "environment", "exit-codes"])
    func `a topic of the help fits on a terminal`(topic: String) async throws {
        let run = try await volumectl("help", topic)
        expect(0, from: run)
        #expect(run.lines.allSatisfy { $0.count <= 80 })
    }
}
