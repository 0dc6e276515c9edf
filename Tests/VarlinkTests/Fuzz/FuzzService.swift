import Varlink

/// An interface with every type, and valid messages of it.
enum FuzzService {
    static let interface = """
        # Files of a directory.
        interface io.example.Files
        type Kind (file, directory)
        type Entry (name: string, kind: Kind, bytes: ?int, next: ?Entry)
        method Measure(name: string, factor: ?float, labels: ?[string]string, entry: ?Entry, sizes: ?[]int)
          -> (bytes: int)
        method List(match: ?string) -> (name: string, inner: ?(a: bool, b: ?[]object))  # more
        error NoSuchFile (name: string)

        """

    static let calls = [
        #"{"method":"org.varlink.service.GetInfo"}"#,
        #"{"method":"org.varlink.service.GetInterfaceDescription","parameters":{"interface":"io.example.Files"}}"#,
        #"{"method":"io.example.Files.List","more":true,"parameters":{"match":"*.\ud83d\ude00\n\"é"}}"#,
        #"{"method":"io.example.Files.Measure","oneway":true,"parameters":{"name":"","factor":-1.5e3,"sizes":[0,-7]}}"#,
        #"{ "method" : "io.example.Files.Measure", "parameters" : { "name": "", "labels": { "k": "v" }, "entry": "#
            + #"{"name":"a","kind":"file","bytes":9223372036854775807,"next":{"name":"b","kind":"directory"}} } }"#,
    ]

    static let replies = [
        #"{"parameters":{"name":"a","inner":{"a":true,"b":[{},{"c":[null,false]}]}},"continues":true}"#,
        #"{"error":"io.example.Files.NoSuchFile","parameters":{"name":"a"}}"#,
        #"{"parameters":{}}"#,
    ]

    static let words = [
        #"\ud800"#, #"\udc00\ud800"#, #"\u0000"#, "1e999", "-0", "-", "9223372036854775808", "0x10", "[[[[[[[[",
        "{\"\":",
        "null", "\u{0}", "\u{FFFE}", "\u{FEFF}", "\"parameters\":", ",", "}", "]", "\"", "io.example.Files.", "more",
        "??",
        "[string]", "[]", "(", ")", "->", "type A (a: A)", "#", "\n", "interface a.b", "1.", ".5", "1e", "\\",
    ]

    struct Measure: Codable, Sendable {
        struct Entry: Codable, Sendable {
            let name: String
            let kind: String
            let bytes: Int?
        }

        let name: String
        let factor: Double?
        let labels: [String: String]?
        let entry: Entry?
        let sizes: [Int32]?
    }

    struct Answer: Codable, Sendable {
        let name: String
        let inner: JSON?
    }

    struct Match: Codable, Sendable {
        let match: String?
    }

    static func make() throws -> Service {
        var service = try Service(.init(vendor: "v", product: "p", version: "1", url: "https://example.io"))
        try service.add(
            Interface(interface),
            [
                Handler("Measure") { (measure: Measure, _) in ["bytes": measure.name.utf8.count] },
                .streaming("List") { (match: Match, _, _: Replies<Answer>) in
                    Answer(name: match.match ?? "", inner: nil)
                },
            ]
        )
        return service
    }
}
