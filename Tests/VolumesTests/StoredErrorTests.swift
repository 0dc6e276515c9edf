import Foundation
import Testing
import VolumeAPI
import VolumeDriver

/// Failures in journals of versions whose remedies were words.
struct StoredErrorTests {
    private func decoded<Value: Decodable>(_ text: String) throws -> Value {
        try JSONDecoder().decode(Value.self, from: Data(text.utf8))
    }

    @Test func `failures that earlier versions stored keep their words`() throws {
        let error: VolumeError = try decoded(
            """
            {"code": {"description": "no_valid_pool"}, "message": "m", "cause": "c", "aftermath": "a", "verdicts": [],
            "remedies": ["volumectl pool claim fast", "mount it"]}
            """
        )
        #expect(error.remedies == [.advice("volumectl pool claim fast"), .advice("mount it")])
        #expect(error.code == .noValidPool && error.cause == "c" && error.aftermath == "a")

        let failure: DriverError = try decoded(
            #"{"code": {"description": "not-the-pool"}, "message": "m", "remedy": "volumectl pool claim fast"}"#
        )
        #expect(failure.remedy == "volumectl pool claim fast" && failure.serviceRemedy == nil)

        let report: PoolReport = try decoded(
            """
            {"name": "fast", "kind": "lvm", "problem": "p", "overSubscriptionRatio": 20, "reservedPercentage": 0,
            "remedy": "volumectl pool claim fast"}
            """
        )
        #expect(report.remedies == [.advice("volumectl pool claim fast")])
    }

    @Test func `remedies are stored as values`() throws {
        let remedies: [Remedy] = [.listVolumes, .showPool("fast"), .backUp(to: "/x"), .advice("mount it")]
        let error = VolumeError(.conflict, "m", remedies: remedies)
        let again = try JSONDecoder().decode(VolumeError.self, from: JSONEncoder().encode(error))
        #expect(again == error)
    }

    @Test func `a remedy of a later version hides nothing else of an error`() throws {
        let error: VolumeError = try decoded(
            """
            {"code": {"description": "conflict"}, "message": "m", "aftermath": "a", "verdicts": [],
            "remedies": [{"restartHost": {"_0": "b"}}, {"listPools": {}}]}
            """
        )
        #expect(error.remedies == [.listPools] && error.message == "m")
    }

    @Test func `no remedy is repeated`() {
        let error = VolumeError(.conflict, "m", remedies: [.listPools, .advice("wait"), .listPools, .advice("wait")])
        #expect(error.remedies == [.listPools, .advice("wait")])
    }
}
