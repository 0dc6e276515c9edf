import DriverKit
import TestKit
import Testing

/// The example keeps the contract, and so can any executable.
@Suite(.scratchDirectory, .needsPython)
struct ContractTests {
    @Test(arguments: DriverKit.rules)
    func `the example keeps every rule of the contract`(rule: Rule) async throws {
        let subject = DriverUnderTest(scratchDirectory: ScratchDirectory.path, timeLimit: .seconds(1800)) {
            try await Example.driver()
        }
        let outcome = await DriverKit.check(rule, on: subject)
        #expect(outcome.verdict != .failed, "\(rule.id): \(outcome.reason ?? "")")
    }
}
