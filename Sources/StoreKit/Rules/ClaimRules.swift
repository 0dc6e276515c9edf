internal import FoundationEssentials
internal import Identity
internal import RuleKit
internal import TaskFlow

/// Rules about claims of runs.
let claimRules: [Rule] = [
    Rule("claim-held", "a run that is held can't be claimed, and one that is released can") { bench in
        let store = try await bench.storeWithRun()
        let error = try await bench.failure(ClaimRefused.self, of: "a claim of a held run") {
            try await store.claim(bench.id)
        }
        guard case .held = error.reason else {
            throw Breach("a claim of a held run is refused because \(error.reason)")
        }
        store.release(bench.first)
        try bench.expect(try await store.claim(bench.id), is: Claim(flow: bench.id, epoch: 2), "the claim")
        try await bench.failure(ClaimRefused.self, of: "a second claim") { try await store.claim(bench.id) }
        try bench.expect(try await store.load(bench.id)?.detail.epoch, is: 2, "the epoch")
    },
    Rule("claim-held-elsewhere", "a run that another process holds can't be claimed, and is not abandoned") { bench in
        let (holder, other) = try await bench.stores()
        try await holder.insert(bench.detail(bench.id))
        try await bench.failure(ClaimRefused.self, of: "a claim") { try await other.claim(bench.id) }
        try bench.expect(try await other.abandoned().map(\.id), is: [], "abandoned runs")
        // Keeps the holder alive until here.
        try await holder.write([], with: bench.first)
    },
    Rule("claim-proven", "a process that has lost its claim can no longer write") { bench in
        let store = try await bench.storeWithRun()
        store.release(bench.first)
        let second = try await store.claim(bench.id)
        try await bench.expect(ClaimLost(bench.first), from: "to write under a lost claim") {
            try await store.write([bench.entry("a", .running)], with: bench.first)
        }
        try await store.write([bench.entry("b", .running)], with: second)
        try bench.expect(try await store.load(bench.id)?.journal, is: [bench.entry("b", .running)], "the journal")
    },
    Rule("claim-of-nothing", "a claim of a run that doesn't exist is refused") { bench in
        let store = try await bench.store()
        try await bench.expect(ClaimLost(bench.first), from: "to write a run that doesn't exist") {
            try await store.write([], with: bench.first)
        }
    },
    Rule("claim-release-late", "the release of a lost claim doesn't release the new one") { bench in
        let store = try await bench.storeWithRun()
        store.release(bench.first)
        let second = try await store.claim(bench.id)
        store.release(bench.first)
        try bench.expect(try await store.abandoned().map(\.id), is: [], "abandoned runs")
        try await bench.failure(ClaimRefused.self, of: "a claim") { try await store.claim(bench.id) }
        store.release(second)
        try bench.expect(try await store.claim(bench.id).epoch, is: 3, "the epoch")
    },
    Rule("claim-at-once", "of many concurrent claims one succeeds") { bench in
        let store = try await bench.storeWithRun()
        store.release(bench.first)
        let claims = await store.claimAtOnce(bench.id, 20)
        try bench.expect(claims, is: [Claim(flow: bench.id, epoch: 2)], "the claims")
    },
    Rule("claim-abandoned", "unfinished runs without a holder are abandoned, oldest first") { bench in
        let store = try await bench.store()
        let claims = (0...4).map { _ in Claim(flow: FlowID.random(), epoch: 1) }
        for (index, claim) in claims.enumerated() {
            try await store.insert(bench.detail(claim.flow, createdAt: TimeInterval(index)))
        }
        for (claim, state) in zip(claims[0...2], [FlowState.success, .failure, .reverted]) {
            try await store.write([], state, with: claim)
            store.release(claim)
        }
        try bench.expect(try await store.abandoned().map(\.id), is: [], "abandoned runs")
        for claim in claims[3...4].reversed() { store.release(claim) }
        try bench.expect(try await store.abandoned().map(\.id), is: claims[3...4].map(\.flow), "abandoned runs")
    },
]

/// Rules about runs that are held for a job: the lease decides who may hold a run, its epoch who may write.
let leaseRules: [Rule] = [
    Rule("lease-newer", "a newer lease of the job takes the run from a living holder") { bench in
        let job = JobID.random()
        let store = try await bench.storeWithRun(under: Lease(job: job, number: 1))
        let second = try await store.claim(bench.id, under: Lease(job: job, number: 2))
        try bench.expect(second.epoch, is: 2, "the epoch")
        try bench.expect(try await store.load(bench.id)?.detail.lease, is: Lease(job: job, number: 2), "the lease")
        try await bench.expect(ClaimLost(bench.first), from: "to write under a lost claim") {
            try await store.write([], .success, with: bench.first)
        }
        try await store.write([], .success, with: second)
    },
    Rule("lease-older", "an older lease of the job can't claim the run, even if it is free") { bench in
        let job = JobID.random()
        let store = try await bench.storeWithRun(under: Lease(job: job, number: 1))
        let third = try await store.claim(bench.id, under: Lease(job: job, number: 3))
        for _ in 1...2 {
            try await bench.failure(ClaimRefused.self, of: "a claim under an older lease") {
                try await store.claim(bench.id, under: Lease(job: job, number: 2))
            }
            store.release(third)
        }
        try bench.expect(try await store.claim(bench.id, under: Lease(job: job, number: 4)).epoch, is: 3, "the epoch")
    },
    Rule("lease-same", "the same lease can claim the run again when it is free") { bench in
        let lease = Lease(job: .random(), number: 1)
        let store = try await bench.storeWithRun(under: lease)
        try bench.expect(try await store.load(bench.id)?.detail.lease, is: lease, "the lease")
        try await bench.failure(ClaimRefused.self, of: "a claim") { try await store.claim(bench.id, under: lease) }
        store.release(bench.first)
        try bench.expect(try await store.claim(bench.id, under: lease).epoch, is: 2, "the epoch")
    },
    Rule("lease-other", "a lease doesn't take a run that is held for another job or none") { bench in
        let (store, lease) = (try await bench.storeWithRun(), Lease(job: .random(), number: 9))
        try await bench.failure(ClaimRefused.self, of: "a claim") { try await store.claim(bench.id, under: lease) }
        store.release(bench.first)
        let other = try await store.claim(bench.id, under: Lease(job: .random(), number: 1))
        try await bench.failure(ClaimRefused.self, of: "a claim") { try await store.claim(bench.id, under: lease) }
        store.release(other)
        try bench.expect(try await store.claim(bench.id, under: lease).epoch, is: 3, "the epoch")
    },
    Rule("lease-none", "without a lease a run is taken only from a holder that is gone") { bench in
        let store = try await bench.storeWithRun(under: Lease(job: .random(), number: 1))
        try await bench.failure(ClaimRefused.self, of: "a claim") { try await store.claim(bench.id) }
        store.release(bench.first)
        try bench.expect(try await store.claim(bench.id).epoch, is: 2, "the epoch")
        try bench.expect(try await store.load(bench.id)?.detail.lease, is: nil, "the lease")
    },
]
