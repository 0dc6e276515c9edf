import Foundation
import Glibc
import SystemPackage
import TestKit
import Testing

@testable import volumectl

/// Tables fit on a terminal with any content, and names that people may type stay whole.
@Suite(.scratchDirectory)
struct TableTests {
    private static let volume = "volume-" + String(repeating: "v", count: 56)
    private static let pool = "pool-" + String(repeating: "p", count: 58)
    private static let project = String(repeating: "j", count: 63)

    /// A usable pool, and one that is down for a long reason.
    private func configure() throws -> [String: String] {
        let file = try Scratch.write("", to: "a-file")
        let config = try Scratch.write(
            """
            enabled-pools: [\(Self.pool), gone]
            project: \(Self.project)
            pools:
              \(Self.pool):
                path: \(ScratchDirectory.path)/pool
                over-subscription-ratio: 1000000
              gone:
                path: \(file)/\(String(repeating: "d", count: 200))/pool
            """
        )
        return ["VOLUMECTL_CONFIG": config]
    }

    /// The output on a terminal of this width; 80 if the terminal does not report it.
    private func screen(_ arguments: [String], _ variables: [String: String], columns: UInt16) async throws -> [String]
    {
        let terminal = try Terminal()
        var size = winsize(ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        try #require(ioctl(terminal.program.rawValue, UInt(TIOCSWINSZ), &size) == 0)
        expect(0, from: try await Command(arguments: arguments, variables: variables).run(output: terminal.program))
        return try terminal.screen().split(whereSeparator: \.isNewline).map(String.init)
    }

    @Test func `every table fits in 80 columns with the longest names, and keeps them whole`() async throws {
        let variables = try configure()
        let id = try await volumectl("create", "--size", "999.5G", "-q", with: variables).line
        expect(0, from: try await volumectl("create", Self.volume, "1023.5G", with: variables))
        let tables: [([String], names: [String])] = [
            (["ls"], [id, Self.volume, Self.pool]), (["flow", "ls"], [id, Self.volume]),
            (["pool", "ls"], [Self.pool, "gone", "down"]), (["quota", "show"], [Self.project]),
            (["show", Self.volume], [Self.volume, Self.pool, Self.project]), (["show", id], [id]),
            (["pool", "show", Self.pool], [Self.pool]), (["pool", "show", "gone"], ["down: "]),
            (["config", "check"], [Self.pool, Self.project]),
        ]
        for (command, names) in tables {
            for columns in [0, 80] as [UInt16] {
                let lines = try await screen(command, variables, columns: columns)
                #expect(lines.count > 1 && lines.allSatisfy { $0.count <= 80 }, "\(command): \(lines)")
                #expect(names.allSatisfy { name in lines.contains { $0.contains(name) } }, "\(command): \(lines)")
            }
            // Nothing is cut unless requested, and no row is wrapped where a program may read it.
            let wide = try await volumectl(command + ["-o", "wide"], with: variables)
            #expect(!wide.output.contains("…"))
        }
        #expect(try await volumectl("ls", with: variables).lines.count == 3)
    }

    @Test func `ordinary rows are one line beside a long one`() {
        var table = Table(
            [.init(title: "NAME"), .init(title: "SIZE", isNumber: true), .init(title: "STATUS")],
            rows: [["data", "1 GiB", "available"], [String(repeating: "n", count: 30), "10 GiB", "error"]]
        )
        table.width = 40
        #expect(
            table.lines == [
                "NAME                     SIZE  STATUS",
                "data                    1 GiB  available",
                String(repeating: "n", count: 30),
                "                       10 GiB  error",
            ]
        )
    }

    @Test func `a reason is cut, and text goes on below, between words`() {
        let reason = "no such file or directory that anybody would know of"
        for (fit, expected) in [
            (Table.Column.Fit.shortened, ["a  no such file or directory that anyb…"]),
            (.wrapped, ["a  no such file or directory that", "   anybody would know of"]),
        ] {
            var table = Table([.init(title: "A"), .init(title: "B", fit: fit)], rows: [["a", reason]])
            (table.isBare, table.width) = (true, 39)
            #expect(table.lines == expected)
            table.width = nil
            #expect(table.lines == ["a  " + reason])
        }
    }

    @Test(arguments: [1, 2, 3, 7, 20, 33, 79])
    func `no terminal is too narrow`(width: Int) {
        let cells = ["name", "123 GiB", "text that is longer than all that"]
        for fit in [Table.Column.Fit.whole, .shortened, .wrapped] {
            var table = Table(
                [.init(title: "NAME"), .init(title: "SIZE", isNumber: true), .init(title: "WHY", fit: fit)],
                rows: [cells, ["", "", ""], ["", "1", ""]]
            )
            (table.indent, table.width) = ("", width)
            #expect(table.lines.allSatisfy { $0.count <= width }, "\(table.lines)")
        }
    }
}
