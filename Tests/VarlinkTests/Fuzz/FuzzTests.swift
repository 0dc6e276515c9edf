import Foundation
import Testing

@Suite struct FuzzTests {
    /// How many mutations are read for each seed.
    static let executions = ProcessInfo.processInfo.environment["VARLINK_FUZZ"].flatMap { Int($0) } ?? 5000

    @Test(arguments: 1...4)
    func `nothing that others send ends the process`(seed: UInt64) throws {
        var fuzzer = try Fuzzer(seed: seed)
        fuzzer.run(Self.executions)
        // Mutations that nobody accepts would test little.
        #expect(fuzzer.accepted > Self.executions / 10)
    }
}
