import Testing

@testable import varlink_fuzz

@Suite struct FuzzTests {
    @Test(arguments: 1...4)
    func `nothing that others send ends the process`(seed: UInt64) throws {
        var fuzzer = try Fuzzer(seed: seed)
        fuzzer.run(5000)
        // Mutations that nobody accepts would test little.
        #expect(fuzzer.accepted > 500)
    }
}
