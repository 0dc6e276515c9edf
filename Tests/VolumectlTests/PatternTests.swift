import Testing

@testable import volumectl

/// The regular expressions of filters.
struct PatternTests {
    @Test(arguments: [
        ("ci", "my-ci-1", true), ("^ci-", "ci-1", true), ("^ci-", "my-ci-1", false), ("-1$", "ci-1", true),
        ("-1$", "ci-12", false), ("^$", "", true), ("^$", "a", false), ("a.c", "xabcx", true), ("a.c", "ac", false),
        ("[a-c]+[0-9]{2,3}$", "zab12", true), ("^[a-c]+[0-9]{2,3}$", "zab12", false), ("^[^0-9]+$", "abc", true),
        ("^[^0-9]+$", "ab1", false), ("^(web|db)-\\d+$", "db-12", true), ("^(web|db)-\\d+$", "dbx-12", false),
        ("colou?r", "color", true), ("^a*$", "", true), ("\\.", "a.b", true), ("\\.", "ab", false),
        ("^\\w+\\s\\w+$", "one two", true), ("^\\D+$", "a1", false), ("[]x]", "]", true), ("[a-]", "-", true),
        ("^x{0}y$", "y", true), ("a|", "zzz", true), ("ä", "Bär", true), ("^(a|b){2}$", "ab", true),
    ])
    func `an expression matches any part of a text`(pattern: String, text: String, isMatch: Bool) throws {
        #expect(try Pattern(pattern).matches(text) == isMatch)
    }

    @Test(arguments: [
        "(", ")", "[", "[z-a]", "*", "a**", "a{2", "a{3,2}", "a{101}", "a{}", "\\", "\\q", "\\1", "[\\D]",
        String(repeating: "a", count: 257), String(repeating: "(", count: 30) + String(repeating: ")", count: 30),
        "((a{100}){100}){100}",
    ])
    func `an expression that is not understood or too large is refused`(pattern: String) {
        #expect(throws: Pattern.Problem.self) { try Pattern(pattern) }
    }

    @Test(arguments: ["(a*)*b", "(a|a)*b", "(a+)+b", "(a|aa)+$b"])
    func `no expression takes more steps than the text has characters, for each of its parts`(pattern: String) throws {
        #expect(try !Pattern(pattern).matches(String(repeating: "a", count: 20_000)))
    }
}
