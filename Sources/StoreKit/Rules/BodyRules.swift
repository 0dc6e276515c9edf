internal import Identity
internal import Synchronization
internal import TaskFlow

/// Rules about the bodies of transactions, for every store.
let bodyRules: [Rule] = [
    Rule("body-once", "a body runs once for each call, whether it throws or not") { bench in
        let store = try await bench.store()
        let calls = Counter()
        await withTaskGroup { group in
            for number in 1...100 {
                group.addTask {
                    try? await store.transact { _ in
                        calls.add(1)
                        if number.isMultiple(of: 3) { throw Woot() }
                    }
                }
            }
        }
        try bench.expect(calls.value, is: 100, "runs of 100 bodies")
    },
    Rule("body-alone", "no two bodies run at the same time") { bench in
        let store = try await bench.store()
        let stores = bench.subject.isShared ? [store, try await bench.store()] : [store]
        let (inside, together) = (Counter(), Counter())
        try await withThrowingTaskGroup { group in
            for number in 1...60 {
                group.addTask {
                    try await stores[number % stores.count]
                        .transact { transaction in
                            // A transaction may begin only with its first answer.
                            _ = try transaction.isCancelRequested(.random())
                            if inside.add(1) > 1 { together.add(1) }
                            try transaction.insert(bench.detail(.random()))
                            inside.add(-1)
                        }
                }
            }
            try await group.waitForAll()
        }
        try bench.expect(together.value, is: 0, "bodies that ran beside another")
    },
    Rule("body-sees-committed", "a body sees every commit before it began, by any process") { bench in
        let (one, other) = try await bench.stores()
        for epoch in 1...20 {
            if epoch == 1 {
                try await one.insert(bench.detail(bench.id))
            } else {
                _ = try await one.claim(bench.id)
            }
            let claim = Claim(flow: bench.id, epoch: epoch)
            try await other.write([], with: claim)
            one.release(claim)
        }
    },
    Rule("return-durable", "a commit is visible to a process that opens the store afterwards") { bench in
        let (store, _) = try await bench.stores()
        try await store.insert(bench.detail(bench.id))
        try await store.write([bench.entry("a", .running)], with: bench.first)
        let (_, journal) = try bench.require(try await bench.store().load(bench.id), "the run")
        try bench.expect(journal, is: [bench.entry("a", .running)], "the journal")
    },
    Rule("throw-no-effect", "a body that throws has no effect, and its caller gets the error") { bench in
        let store = try await bench.storeWithRun()
        try await bench.expect(Woot(), from: "a body") {
            try await store.write([bench.entry("a", .running)], .success, with: bench.first, throwing: Woot())
        }
        let (found, journal) = try bench.require(try await store.load(bench.id), "the run")
        try bench.expect(found.state, is: .running, "the state")
        try bench.expect(journal, is: [], "the journal")
    },
    Rule("throw-no-effect-anywhere", "a body on two runs changes neither if it throws, and otherwise both") {
        bench in
        let (store, ids) = (try await bench.store(), [bench.id, FlowID.random()])
        try await store.transact { transaction in
            for id in ids { try transaction.insert(bench.detail(id)) }
        }
        for isFailing in [true, false] {
            do {
                try await store.transact { transaction in
                    for id in ids { try transaction.append([bench.entry("a", .running)], after: 0, to: id) }
                    if isFailing { throw Woot() }
                }
            } catch is Woot {}
            for id in ids {
                try bench.expect(try await store.load(id)?.journal.count, is: isFailing ? 0 : 1, "entries")
            }
        }
    },
    Rule("neighbour-unharmed", "a body that throws doesn't affect concurrent ones") { bench in
        let store = try await bench.store()
        let ids = (0..<100).map { _ in FlowID.random() }
        await withTaskGroup { group in
            for (number, id) in ids.enumerated() {
                group.addTask {
                    try? await store.transact { transaction in
                        try transaction.insert(bench.detail(id))
                        if number.isMultiple(of: 2) { throw Woot() }
                    }
                }
            }
        }
        for (number, id) in ids.enumerated() {
            let isThere = try await store.load(id) != nil
            try bench.expect(isThere, is: !number.isMultiple(of: 2), "whether run \(number) is there")
        }
    },
]

/// A counter that bodies share.
final class Counter: Sendable {
    private let count = Atomic(0)

    var value: Int { count.load(ordering: .relaxed) }

    /// Adds `number`, and returns the sum.
    @discardableResult
    func add(_ number: Int) -> Int { count.add(number, ordering: .relaxed).newValue }
}
