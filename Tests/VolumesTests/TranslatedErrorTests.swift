import Identity
import TaskFlow
import Testing
import VolumeAPI
import Volumes

/// Errors of other rooms, as callers of the service see them.
struct TranslatedErrorTests {
    @Test func `a process whose flow another one has taken over says where the request goes on`() {
        let flow = FlowID.random()
        let error = VolumeError(translating: ClaimLost(Claim(flow: flow, epoch: 1)))
        #expect(error.code == .storeUnavailable && error.flow == flow)
        #expect(error.remedies.first == .waitForFlow(flow))
        #expect(error.aftermath == "the request is carried on or undone by the other process")
    }
}
