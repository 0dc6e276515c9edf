import TestKit
import Testing

@Suite(.scratchDirectory)
struct QoSTests {
    @Test func `QoS specs are made, changed, associated with types and removed`() async throws {
        let made = try await volumectl("qos", "create", "slow", "--spec", "iops=500", "--consumer", "both")
        #expect(try made.line == "slow  iops=500  created")
        for type in ["hdd", "tape"] { try await volumectl("type", "create", type) }
        expect(0, from: try await volumectl("qos", "set", "slow", "--spec", "iops=300", "--spec", "burst=1"))
        expect(0, from: try await volumectl("qos", "unset", "slow", "--spec", "burst"))
        for type in ["hdd", "tape"] { expect(0, from: try await volumectl("qos", "associate", "slow", type)) }
        let all: [QoSRecord] = try await volumectl("qos", "ls", "-o", "json").json()
        #expect(all == [QoSRecord(name: "slow", consumer: "both", specs: ["iops": "300"], types: ["hdd", "tape"])])
        let used = try await volumectl("qos", "rm", "slow")
        expect(4, from: used)
        try await expectAccepted(try used.error.remedies)
        try await volumectl("qos", "create", "fast")
        expect(0, from: try await volumectl("qos", "associate", "fast", "hdd"))
        expect(0, from: try await volumectl("type", "rm", "tape"))
        let left: [QoSRecord] = try await volumectl("qos", "ls", "-o", "json").json()
        #expect(left.map(\.types) == [["hdd"], []] && left[0].consumer == "back-end")
        expect(0, from: try await volumectl("qos", "rm", "slow"))
        expect(0, from: try await volumectl("qos", "disassociate", "fast", "--all"))
        expect(0, from: try await volumectl("qos", "rm", "fast"))
        #expect(try await volumectl("qos", "ls").notes == ["no QoS specs"])
    }

    @Test(arguments: [
        ["create", "a b"], ["create", "x", "--spec", "a=1", "--spec", "a=2"], ["create", "x", "--consumer", "nobody"],
        ["set", "x"], ["disassociate", "x"],
    ])
    func `what makes no sense is refused`(words: [String]) async throws {
        expect(64, from: try await volumectl(["qos"] + words))
    }

    @Test(arguments: [["show", "x"], ["associate", "x", "ssd"], ["rm", "x"]])
    func `QoS specs that do not exist are not found`(words: [String]) async throws {
        let run = try await volumectl(["qos"] + words)
        expect(3, from: run)
        try await expectAccepted(try run.error.remedies)
    }
}

private struct QoSRecord: Decodable, Equatable {
    let name: String
    let consumer: String
    let specs: [String: String]
    let types: [String]
}
