internal import FoundationEssentials
internal import Identity
internal import TaskFlow

/// Rules about stored runs.
let runRules: [Rule] = [
    Rule("run-absent", "a run that doesn't exist can be neither loaded nor claimed") { bench in
        let store = try await bench.store()
        try bench.expect(try await store.load(bench.id) == nil, "it is found")
        try bench.expect(try await store.abandoned().map(\.id), is: [], "abandoned runs")
        let error = try await bench.failure(ClaimRefused.self, of: "a claim") { try await store.claim(bench.id) }
        try bench.expect(error.reason, is: .unknown, "the reason")
    },
    Rule("run-exact", "a run comes back as it was stored") { bench in
        let store = try await bench.storeWithRun()
        let entries = [
            bench.entry("a", .running), bench.entry("a", .success, output: #"{"text":"ä💾"}"#),
            bench.entry("b", .running), bench.entry("b", .failure, failure: Failure(Woot(), in: "b")),
            bench.entry("b", .reverting),
        ]
        try await store.write(Array(entries[0...1]), with: bench.first)
        try await store.write(Array(entries[2...4]), after: 2, with: bench.first)
        let (found, journal) = try bench.require(try await store.load(bench.id), "the run")
        try bench.expect(journal, is: entries, "the journal")
        let stored = bench.detail(bench.id)
        try bench.expect(found.id, is: stored.id, "the id")
        try bench.expect(found.name, is: stored.name, "the name")
        try bench.expect(found.version, is: stored.version, "the version")
        try bench.expect(found.subject, is: stored.subject, "the subject")
        try bench.expect(found.request, is: stored.request, "the request")
        try bench.expect(found.state, is: stored.state, "the state")
        try bench.expect(found.createdAt, is: stored.createdAt, "the time of its creation")
        try bench.expect(found.epoch, is: 1, "the epoch")
    },
    Rule("run-shape", "a run's shape comes back as it was stored, and may be missing") { bench in
        let (store, other) = (try await bench.store(), FlowID.random())
        var detail = bench.detail(bench.id)
        detail.shape = RecordedShape(stored: #"{"atoms":[],"joins":[],"request":[]}"#)
        try await store.insert(detail)
        try bench.expect(try await store.load(bench.id)?.detail.shape, is: detail.shape, "the shape")
        try await store.insert(bench.detail(other))
        try bench.expect(try await store.load(other)?.detail.shape, is: nil, "the shape")
    },
    Rule(
        "run-rewritten",
        "a rewritten run has the new version, request, shape and journal, and keeps its state and holder"
    ) {
        bench in
        let store = try await bench.storeWithRun()
        try await store.write([bench.entry("old", .running), bench.entry("old", .success)], with: bench.first)
        var upgraded = bench.detail(bench.id, subject: "not changed")
        (upgraded.version, upgraded.request, upgraded.state) = (4, #"{"bytes":1}"#, .success)
        upgraded.shape = RecordedShape(stored: "{}")
        try await store.transact { [upgraded] in try $0.rewrite(upgraded, journal: [bench.entry("new", .success)]) }
        try await store.write([bench.entry("more", .running)], after: 1, with: bench.first)
        let (found, journal) = try bench.require(try await store.load(bench.id), "the run")
        try bench.expect(found.version, is: 4, "the version")
        try bench.expect(found.request, is: upgraded.request, "the request")
        try bench.expect(found.shape, is: upgraded.shape, "the shape")
        try bench.expect(found.subject, is: bench.detail(bench.id).subject, "the subject")
        try bench.expect(found.state, is: .running, "the state")
        try bench.expect(found.epoch, is: 1, "the epoch")
        try bench.expect(
            journal,
            is: [bench.entry("new", .success), bench.entry("more", .running)],
            "the journal"
        )
    },
    Rule("run-twice", "a second run of the same id is refused, and the first is not changed") { bench in
        let store = try await bench.storeWithRun()
        try await bench.expect(FlowExists(bench.id), from: "a second run of the id") {
            try await store.insert(bench.detail(bench.id, subject: "second"))
        }
        try bench.expect(
            try await store.load(bench.id)?.detail.subject,
            is: bench.detail(bench.id).subject,
            "the subject"
        )
        try await bench.failure(ClaimRefused.self, of: "a claim") { try await store.claim(bench.id) }
    },
]
