internal import Identity
internal import TaskFlow

/// Rules about attempts, inside which alone a body may catch an error.
let attemptRules: [Rule] = [
    Rule("attempt-undone", "an attempt that throws is undone with all in it, and the transaction goes on") { bench in
        let store = try await bench.storeWithRun()
        let (kept, lost) = (bench.entry("kept", .running), bench.entry("lost", .running))
        try await store.transact { transaction in
            do {
                try transaction.attempt {
                    try transaction.append([lost], after: 0, to: bench.id)
                    try transaction.attempt { try transaction.record(.failure, of: bench.id) }
                    throw Woot()
                }
            } catch is Woot {}
            try transaction.attempt { try transaction.append([kept], after: 0, to: bench.id) }
        }
        let (found, journal) = try bench.require(try await store.load(bench.id), "the run")
        try bench.expect(found.state, is: .running, "the state")
        try bench.expect(journal, is: [kept], "the journal")
    },
    Rule("attempt-nested", "an attempt in an attempt is undone alone") { bench in
        let store = try await bench.storeWithRun()
        let (kept, lost) = (bench.entry("kept", .running), bench.entry("lost", .running))
        try await store.transact { transaction in
            try transaction.attempt {
                try transaction.append([kept], after: 0, to: bench.id)
                do {
                    try transaction.attempt {
                        try transaction.append([lost], after: 1, to: bench.id)
                        throw Woot()
                    }
                } catch is Woot {}
            }
        }
        try bench.expect(try await store.load(bench.id)?.journal, is: [kept], "the journal")
    },
    Rule("attempt-result", "an attempt returns what its body returns") { bench in
        let five = try await bench.store().transact { transaction in try transaction.attempt { 5 } }
        try bench.expect(five, is: 5, "the result of the attempt")
    },
    Rule("attempt-refused", "after an attempt whose insert was refused, the transaction goes on") { bench in
        let (store, other) = (try await bench.storeWithRun(), FlowID.random())
        try await store.transact { transaction in
            try transaction.insert(bench.detail(other))
            do {
                try transaction.attempt { try transaction.insert(bench.detail(bench.id, subject: "second")) }
            } catch is FlowExists {}
            try transaction.append([bench.entry("a", .running)], after: 0, to: other)
        }
        try bench.expect(try await store.load(other)?.journal.count, is: 1, "entries of the other run")
        try bench.expect(
            try await store.load(bench.id)?.detail.subject,
            is: bench.detail(bench.id).subject,
            "the subject"
        )
    },
]
