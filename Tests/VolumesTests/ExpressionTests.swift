import Testing
import VolumeAPI
import VolumeDriver

@testable import Volumes

/// Expressions and queries about pools, in Cinder's grammar.
struct ExpressionTests {
    private static let properties = ExpressionProperties(
        PoolReport(
            name: "fast",
            kind: "test",
            capacity: .success(
                PoolCapacity(
                    total: ByteCount(gibibytes: 500) ?? .zero,
                    free: ByteCount(gibibytes: 200) ?? .zero
                )
            ),
            capabilities: DriverCapabilities(isThin: true, granule: .zero),
            extraCapabilities: ["media": "ssd", "iops": "5000"],
            overSubscriptionRatio: 2,
            reservedPercentage: 5,
            placement: PoolPlacement(zone: "az1")
        ),
        ProvisionedCapacity(volumes: 7, size: ByteCount(gibibytes: 300) ?? .zero),
        .init(name: "data", project: "default", type: "gold", zone: nil, size: 10),
        ExtraSpecs(values: ["tier": "gold", "qos:maxIOPS": "1000"])
    )

    private func value(_ text: String) throws -> ExpressionValue {
        try PlacementExpression(parsing: text).value(with: Self.properties)
    }

    @Test(arguments: [
        ("1 + 1 + 1", 3.0), ("1 - 1 - 1", -1), ("2 * 3 / 4", 1.5), ("2 + 3 * 4", 14), ("(2 + 3) * 4", 20),
        ("2 ^ 3 ^ 2", 512), ("-2 ^ 2", -4), ("2 ^ -1", 0.5), ("1 - -1", 2), ("abs(-21.45)", 21.45),
        ("max(1, 8, 3)", 8), ("min(4, 2)", 2), ("max(abs(-5), 2) + 1", 6), ("5 > 6 ? 1 : 2", 2),
        ("0 ? 1 : 0 ? 2 : 3", 3), ("volume.size * 2", 20), ("stats.free_capacity_gb / stats.total_capacity_gb", 0.4),
        ("capabilities.iops + 1", 5001), ("qos.maxIOPS", 1000), ("stats.total_volumes", 7),
        ("'5' + 1", 6), ("stats.max_over_subscription_ratio", 2),
    ])
    func `an expression has a number`(text: String, expected: Double) throws {
        #expect(try value(text) == .number(expected))
    }

    @Test(arguments: [
        ("1 < 2 < 3", true), ("1 < 3 < 2", false), ("2 >= 2 and 1 != 2", true), ("1 <> 1 or 1 == 2", false),
        ("not 1 == 0", true), ("!0", true), ("1 == 1 && 0 == 0 || 0", true), ("0 OR 5", true), ("3 AND 0", false),
        ("capabilities.media == 'ssd'", true), ("capabilities.media != \"ssd\"", false), ("'a' < 'b'", true),
        ("extra.tier == 'gold' and volume.volume_type == 'gold'", true), ("'a' == 1", false),
        ("stats.availability_zone == 'az1' ? 1 : 0", true), ("capabilities.thin_provisioning_support", true),
    ])
    func `an expression holds or does not`(text: String, expected: Bool) throws {
        #expect(try value(text).isTrue == expected)
    }

    @Test(arguments: [
        ("", "it ends where a value is expected"), ("1 +", "it ends where a value is expected"),
        ("1 2", "2.0 at character 3 is unexpected"), ("(1", "it ends where a value is expected"),
        ("max()", "')' at character 5 is unexpected"), ("foo(1)", "'foo' at character 1 is unknown"),
        ("size > 1", "'size' at character 1 is unknown"), ("'a", "the text at character 1 has no end"),
        ("1 $ 2", "character 3 is neither"), ("1 ? 2", "it ends where a value is expected"),
        ("1" + String(repeating: "0", count: 400), "the number at character 1 is too large"),
        (String(repeating: "(", count: 65) + "1", "nested more than 64 levels"),
        (String(repeating: "-", count: 65) + "1", "nested more than 64 levels"),
        (String(repeating: "!", count: 4097), "longer than 4096 bytes"),
    ])
    func `a text that is no expression is refused with the place of the mistake`(text: String, problem: String) throws {
        let error = #expect(throws: ExpressionError.self) { try PlacementExpression(parsing: text) }
        #expect(error?.description.contains(problem) == true, "\(error?.description ?? "")")
    }

    @Test(arguments: [
        "1 / 0", "1 / (1 - 1)", "10 ^ 400", "10 ^ 308 * 100", "(-8) ^ 0.5", "stats.nothing", "volume.nothing",
        "1 + 'a'", "'a' < 1", "abs('a')", "abs(1, 2)", "-'a'",
    ])
    func `an expression without a value is an error and no trap`(text: String) throws {
        #expect(throws: ExpressionError.self) { try value(text) }
    }

    @Test func `a long sum is not deep`() throws {
        #expect(try value((0..<2000).map { _ in "1" }.joined(separator: "+")) == .number(2000))
    }

    @Test(arguments: [
        (#"["=", 1, 1]"#, true), (#"["=", 1, 2]"#, false), (#"["in", 4, 1, 2, 3]"#, false),
        (#"["in", 1, 1, 2, 3]"#, true),
        (#"["not", true, false, true, false]"#, true), (#"["not", true, true, true]"#, false), (#"[">", 1]"#, false),
        ("[]", true), (#"["and", [">=", "$free_capacity_gb", 100], ["=", "$capabilities.media", "ssd"]]"#, true),
        (#"["or", ["<", "$total_capacity_gb", 100], ["<=", "$provisioned_capacity_gb", 300]]"#, true),
        (#"["=", "$unknown", 1, 1]"#, true), (#"["<", 1, "a"]"#, false), (#"["<", 1, 2, 3]"#, true),
        (#"["=", "$host", "fast"]"#, true), (#"["=", "$capabilities.iops", 5000]"#, true),
    ])
    func `C33: a query in JSON holds or does not`(text: String, expected: Bool) throws {
        #expect(try PoolQuery(parsing: text).check(Self.properties).passes == expected)
    }

    @Test(arguments: [
        "", "no JSON", "1", "{}", #"["!=", 1, 2]"#, #"["and", ["xor", 1]]"#, "[1, 2]", #"[["=", 1, 1]]"#,
        String(repeating: "[", count: 5000), String(repeating: "[", count: 40) + String(repeating: "]", count: 40),
    ])
    func `a text that is no query is refused`(text: String) {
        #expect(throws: ExpressionError.self) { try PoolQuery(parsing: text) }
    }

    /// The parts from which random texts are made.
    private static let parts = [
        "1", "0", "2.5", "9999999999999999999999", "'a'", "\"", "'", "stats.free_capacity_gb", "volume.size", "x", "(",
        ")",
        "+", "-", "*", "/", "^", "<", "<=", "==", "!", "not ", "and ", "or ", "?", ":", ",", "abs(", "max(", "min(",
        " ",
        ".", "é", "\u{0}", "[", "]", "$host", "[\"=\",", "[\"not\",", "true",
    ]

    @Test(arguments: 0..<8)
    func `random texts have a value or an error, and never trap`(seed: UInt64) {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1
        func next(_ bound: Int) -> Int {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(state % UInt64(bound))
        }
        for _ in 0..<2000 {
            let text = (0..<next(40)).map { _ in Self.parts[next(Self.parts.count)] }.joined()
            if case .number(let number)? = try? value(text) { #expect(number.isFinite, "\(text)") }
            _ = try? PoolQuery(parsing: text).check(Self.properties)
            _ = try? value(String(decoding: (0..<next(20)).map { _ in UInt8(next(256)) }, as: UTF8.self))
        }
    }
}
