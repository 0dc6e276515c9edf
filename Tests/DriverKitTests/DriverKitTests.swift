import DriverKit
import Foundation
import Identity
import LoopbackDriver
import TestKit
import Testing
import VolumeDriver

@Suite(.scratchDirectory)
struct DriverKitTests {
    private func subject(_ flaw: Flaw?, withholding withheld: DriverFeatures = []) throws -> DriverUnderTest {
        let pool = ScratchDirectory.path + "/pool"
        let memory = FlawMemory()
        try FileManager.default.createDirectory(
            atPath: pool,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        var subject = DriverUnderTest(scratchDirectory: ScratchDirectory.path, timeLimit: .seconds(1800)) {
            FlawedDriver(
                base: LoopbackDriver(directory: pool),
                flaw: flaw,
                memory: memory,
                withheldFeatures: withheld
            )
        }
        subject.plant = { name in
            let path = "\(pool)/\(name)"
            let content = Data(name.utf8)
            try content.write(to: URL(filePath: path), options: .withoutOverwriting)
            return ForeignObject(
                isUnharmed: { try Data(contentsOf: URL(filePath: path)) == content },
                remove: { try FileManager.default.removeItem(atPath: path) }
            )
        }
        subject.vanish = { try FileManager.default.removeItem(atPath: "\(pool)/\($0.backendName)") }
        subject.unmark = { try FileManager.default.removeItem(atPath: "\(pool)/.volumectl-pool") }
        return subject
    }

    @Test(arguments: DriverKit.rules)
    func `a driver without a flaw keeps every rule`(rule: Rule) async throws {
        let outcome = await DriverKit.check(rule, on: try subject(nil))
        #expect(outcome.verdict != .failed, "\(outcome.reason ?? "")")
        let left = try FileManager.default.contentsOfDirectory(atPath: ScratchDirectory.path + "/pool")
        #expect(left.isEmpty)
    }

    @Test(arguments: Flaw.allCases.filter { $0 != .imageTakesDamaged || hasQemuImg })
    func `a flaw breaks the rule that is about it`(flaw: Flaw) async throws {
        let rule = try #require(DriverKit.rules.first { $0.id == flaw.rule }, "there is no rule '\(flaw.rule)'")
        let outcome = await DriverKit.check(rule, on: try subject(flaw))
        #expect(outcome.verdict == .failed)
        #expect(outcome.rule == flaw.rule)
        #expect(outcome.reason?.isEmpty == false)
    }

    @Test func `every rule has a unique name and a description`() {
        #expect(Set(DriverKit.rules.map(\.id)).count == DriverKit.rules.count)
        #expect(DriverKit.rules.allSatisfy { !$0.sentence.isEmpty })
    }

    @Test func `a rule that does not concern a driver is skipped, and says why`() async throws {
        let rule = try #require(DriverKit.rules.first { $0.id == "export-twice" })
        let outcome = await DriverKit.check(rule, on: try subject(nil, withholding: .export))
        #expect(outcome.verdict == .skipped)
        #expect(outcome.reason == "the driver does not support 'export'")
    }

    @Test func `a driver that does not answer is abandoned`() async throws {
        let rule = try #require(DriverKit.rules.first { $0.id == "inspect-absent" })
        var subject = try subject(nil)
        let make = subject.make
        subject.make = { FaultDriver(try await make()) { $0 == .inspect ? .delay(.seconds(60)) : nil } }
        subject.timeLimit = .milliseconds(100)
        let outcome = await DriverKit.check(rule, on: subject)
        #expect(outcome.verdict != .skipped)
    }

    @Test func `a report succeeds only if a rule was kept and none was broken`() async throws {
        let rules = DriverKit.rules.filter { ["create-twice", "export-twice"].contains($0.id) }
        let good = await DriverKit.check(try subject(nil, withholding: .export), rules: rules)
        #expect(good.isSuccess && good.count(.passed) == 1 && good.count(.skipped) == 1)
        let bad = await DriverKit.check(try subject(.createTwiceFails, withholding: .export), rules: rules)
        #expect(!bad.isSuccess && bad.failures.map(\.rule) == ["create-twice"])
        let none = await DriverKit.check(
            try subject(nil, withholding: .export),
            rules: rules.filter { $0.id == "export-twice" }
        )
        #expect(!none.isSuccess)
    }
}

private let hasQemuImg = FileManager.default.isExecutableFile(atPath: "/usr/bin/qemu-img")
