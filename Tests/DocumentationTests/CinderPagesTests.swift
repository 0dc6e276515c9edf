import Foundation
import Testing

/// Compares the pages about Cinder with the tests that they name.
struct CinderPagesTests {
    /// A row of a page: what Cinder does, and what is done here.
    struct Row: CustomTestStringConvertible {
        let feature: String
        /// The rank of a feature, the number of a pain or of a case.
        let number: Int
        let answer: String
        let reason: String
        /// Each as `Suite/name`.
        let tests: [String]

        var testDescription: String { feature }
    }

    static let parity = rows(of: "cinder-parity.md", numberFirst: false)
    static let pains = rows(of: "cinder-pains.md", numberFirst: true)
    static let cases = rows(of: "cinder-cases.md", numberFirst: true)

    @Test(arguments: parity)
    func `a feature is there and tested, or it is said why it is not`(row: Row) {
        #expect(["yes", "better", "partly", "no"].contains(row.answer) && (1...3).contains(row.number))
        #expect(row.answer == "no" ? !row.reason.isEmpty : !row.tests.isEmpty)
    }

    @Test(arguments: pains)
    func `a pain can't happen, or it is said how far it can`(row: Row) {
        #expect(["can't happen", "can happen"].contains(row.answer) && !row.reason.isEmpty)
        #expect(row.answer == "can happen" || !row.tests.isEmpty)
    }

    @Test(arguments: cases)
    func `a case has the same answer or a better one, with tests, or it is said why it is not here`(row: Row) {
        #expect(["same", "better", "not here"].contains(row.answer) && !row.tests.isEmpty)
        #expect(row.answer == "same" || !row.reason.isEmpty)
    }

    @Test func `no case is left out`() {
        let numbers = [
            1, 2, 3, 6, 7, 9, 10, 11, 13, 14, 15, 16, 19, 20, 21, 23, 24, 26, 28, 29, 30, 32, 33, 34, 38, 39, 40, 41,
            42,
            43, 45, 47, 48, 49, 50, 52, 54, 55, 56, 59, 60,
        ]
        let listed = Self.cases.map(\.number)
        #expect(listed == listed.sorted() && Set(listed) == Set(numbers))
        // Every test that is named after a case is on the page.
        let named = Self.tests.filter { $0.contains(#//C[0-9][0-9]: /#) }
        #expect(named.subtracting(Self.cases.flatMap(\.tests)).isEmpty)
    }

    @Test(arguments: parity + pains + cases)
    func `the tests of a row are in the repository`(row: Row) {
        for test in row.tests { #expect(Self.tests.contains(test), "\(row.feature)") }
    }

    @Test func `no pain is left out, and the summary counts the rows`() throws {
        #expect(Self.pains.map(\.number) == Array(1...25))
        let page = try text(of: "cinder-parity.md")
        for rank in 1...3 {
            let rows = Self.parity.filter { $0.number == rank }
            let counts = ["yes", "better", "partly", "no"].map { answer in rows.count { $0.answer == answer } }
            let line = "| \(rank) | \(rows.count) | " + counts.map { "\($0)" }.joined(separator: " | ") + " |"
            #expect(page.contains("\n\(line)\n"), "\(line)")
        }
    }

    private static func text(of page: String) throws -> String {
        try String(contentsOf: DocumentationTests.root.appending(path: "docs/\(page)"), encoding: .utf8)
    }

    private func text(of page: String) throws -> String { try Self.text(of: page) }

    private static func rows(of page: String, numberFirst: Bool) -> [Row] {
        let lines = (try? text(of: page))?.split(separator: "\n") ?? []
        return lines.compactMap { line in
            var cells = line.split(separator: "|", omittingEmptySubsequences: false)
                .map { $0.trimmingCharacters(in: .whitespaces) }
            guard cells.count == 7 else { return nil }
            if numberFirst { cells.swapAt(1, 2) }
            // The number of a case follows its letter: C07.
            guard let number = Int(cells[2].trimmingPrefix("C")) else { return nil }
            return Row(
                feature: cells[1],
                number: number,
                answer: cells[3],
                reason: cells[4],
                tests: cells[5].matches(of: /`([^`]+)`/).map { String($0.1) }
            )
        }
    }

    /// All tests of the repository, each as `Suite/name`.
    private static let tests: Set<String> = {
        let folder = DocumentationTests.root.appending(path: "Tests")
        let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
        var tests: Set<String> = []
        while let file = files?.nextObject() as? URL {
            guard file.pathExtension == "swift", let text = try? String(contentsOf: file, encoding: .utf8) else {
                continue
            }
            var suite = ""
            for line in text.split(separator: "\n") {
                if let match = line.firstMatch(of: /^(?:@.* )?(?:struct|extension|final class) ([A-Za-z]+)/) {
                    suite = String(match.1)
                } else if let match = line.firstMatch(of: /(?:func `|@Test\(")([^`"]+)[`"]/) {
                    tests.insert("\(suite)/\(match.1)")
                }
            }
        }
        return tests
    }()
}
