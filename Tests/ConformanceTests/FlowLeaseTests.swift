import Foundation
import Identity
import TaskFlow
import TestKit
import Testing

/// How every store fences runs that are held for a job: the lease decides who may hold the run, its epoch who may write.
@Suite(.scratchDirectory)
struct FlowLeaseTests {
    let id = FlowID.random()
    let job = JobID.random()
    var first: Claim { Claim(flow: id, epoch: 1) }

    func insert(in store: any FlowStore, under lease: Lease?) async throws {
        let detail = FlowDetail(
            id: id,
            name: "flow",
            version: 1,
            subject: "",
            request: "{}",
            state: .running,
            createdAt: Date(timeIntervalSince1970: 0),
            updatedAt: Date(timeIntervalSince1970: 0),
            lease: lease
        )
        try await store.insert(detail)
    }

    func lease(_ number: Int) -> Lease { Lease(job: job, number: number) }

    @Test(arguments: StoreKind.allCases)
    func `a newer lease of the job takes the run from a holder who is alive`(kind: StoreKind) async throws {
        let store = try kind.open()
        try await insert(in: store, under: lease(1))
        #expect(try await store.load(id)?.detail.lease == lease(1))
        let second = try await store.claim(id, under: lease(2))
        #expect(second.epoch == 2)
        #expect(try await store.load(id)?.detail.lease == lease(2))
        await #expect(throws: ClaimLost(first)) { try await store.write([], .success, with: first) }
        try await store.write([], .success, with: second)
    }

    @Test(arguments: StoreKind.allCases)
    func `an older lease of the job can't have the run, even if it is free`(kind: StoreKind) async throws {
        let store = try kind.open()
        try await insert(in: store, under: lease(1))
        let third = try await store.claim(id, under: lease(3))
        await #expect(throws: ClaimRefused.self) { try await store.claim(id, under: lease(2)) }
        store.release(third)
        await #expect(throws: ClaimRefused.self) { try await store.claim(id, under: lease(2)) }
        #expect(try await store.claim(id, under: lease(4)).epoch == 3)
    }

    @Test(arguments: StoreKind.allCases)
    func `the same lease has the run again when it is free`(kind: StoreKind) async throws {
        let store = try kind.open()
        try await insert(in: store, under: lease(1))
        await #expect(throws: ClaimRefused.self) { try await store.claim(id, under: lease(1)) }
        store.release(first)
        #expect(try await store.claim(id, under: lease(1)).epoch == 2)
    }

    @Test(arguments: StoreKind.allCases)
    func `a lease takes no run from who holds it for another job or none`(kind: StoreKind) async throws {
        let store = try kind.open()
        try await insert(in: store, under: nil)
        await #expect(throws: ClaimRefused.self) { try await store.claim(id, under: lease(9)) }
        store.release(first)
        let other = try await store.claim(id, under: Lease(job: .random(), number: 1))
        await #expect(throws: ClaimRefused.self) { try await store.claim(id, under: lease(9)) }
        store.release(other)
        #expect(try await store.claim(id, under: lease(9)).epoch == 3)
    }

    @Test(arguments: StoreKind.allCases)
    func `without a lease a run is taken only from who is gone`(kind: StoreKind) async throws {
        let store = try kind.open()
        try await insert(in: store, under: lease(1))
        await #expect(throws: ClaimRefused.self) { try await store.claim(id) }
        store.release(first)
        #expect(try await store.claim(id).epoch == 2)
        #expect(try await store.load(id)?.detail.lease == nil)
    }
}
