import Testing

@testable import Varlink

/// The language of interface descriptions.
@Suite struct InterfaceTests {
    @Test func `a description lists types, methods and errors`() throws {
        let interface = try Interface(
            """
            # A comment.
            interface io.systemd.Storage-Provider2.x
            type Kind (blk, reg) # another
            type Tree (left: ?Tree, kinds: []Kind, names: [string](a: bool, b: ?[]float), raw: ?object, what: any)
            method Acquire(name: string,
              mode: ?(any, new))->(index: int)
            method Nothing ( ) -> ( )
            error NoSuchVolume ()
            error Wrong (kind: Kind)
            """
        )
        #expect(interface.name == "io.systemd.Storage-Provider2.x")
        #expect(interface.types["Kind"] == .enumeration(["blk", "reg"]))
        #expect(interface.methods.keys.sorted() == ["Acquire", "Nothing"])
        #expect(interface.methods["Acquire"]?.reply == [.init(name: "index", type: .int)])
        #expect(
            interface.methods["Acquire"]?.parameters == [
                .init(name: "name", type: .string), .init(name: "mode", type: .optional(.enumeration(["any", "new"]))),
            ]
        )
        #expect(interface.errors == ["NoSuchVolume": [], "Wrong": [.init(name: "kind", type: .named("Kind"))]])
        #expect(
            interface.types["Tree"]
                == .structure([
                    .init(name: "left", type: .optional(.named("Tree"))),
                    .init(name: "kinds", type: .array(.named("Kind"))),
                    .init(
                        name: "names",
                        type: .map(
                            .structure([
                                .init(name: "a", type: .bool), .init(name: "b", type: .optional(.array(.float))),
                            ])
                        )
                    ),
                    .init(name: "raw", type: .optional(.object)), .init(name: "what", type: .any),
                ])
        )
    }

    @Test(arguments: [
        "", "type A ()", "interface", "interface a", "interface a.-b", "interface a..b", "interface 1.b",
        "interface a.b c",
        "interface a.b\ntype a ()", "interface a.b\ntype A", "interface a.b\ntype A (", "interface a.b\ntype A (x)(y)",
        "interface a.b\ntype A (x: int, y)", "interface a.b\ntype A (x, y: int)", "interface a.b\ntype A (x: ??int)",
        "interface a.b\ntype A (x: B)", "interface a.b\ntype A (x: int, x: int)", "interface a.b\ntype A (x, x)",
        "interface a.b\ntype A (x_: int)", "interface a.b\ntype A (x: )", "interface a.b\ntype A (x: int,)",
        "interface a.b\nmethod A()", "interface a.b\nmethod A() - > ()", "interface a.b\nmethod A(x) -> ()",
        "interface a.b\nerror A (x)", "interface a.b\ntype A ()\nerror A ()", "interface a.b\ntype A (x: [int]string)",
        "interface a.b\ntype A (x: \(String(repeating: "[]", count: 100))int)",
        "interface a.b\ntype A (x: \(String(repeating: "(x: ", count: 100))int",
    ])
    func `an invalid description is refused`(text: String) {
        let error = #expect(throws: VarlinkError.self) { try Interface(text) }
        #expect(error?.code == .invalidInterface)
    }

    @Test func `the error names the line`() {
        let error = #expect(throws: VarlinkError.self) { try Interface("interface a.b\n\n# x\ntype A (x: B)\n") }
        #expect(error?.message.contains("line 4: the type 'B' is not declared") == true, "\(String(describing: error))")
    }
}
