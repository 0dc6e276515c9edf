internal import FoundationEssentials
internal import Identity
internal import TaskFlow

/// Rules about stores that keep logbooks.
let logBookRules: [Rule] = [
    Rule("book-exact", "a logbook comes back as it was stored") { bench in
        let store = try await bench.logBooks()
        var book = bench.book("today")
        try bench.expect(try await store.book(book.id), is: nil, "a logbook that is not there")
        try await store.save(book)
        try bench.expect(try await store.book(book.id), is: book, "the logbook")
        (book.name, book.meta, book.updatedAt) = ("yesterday", [:], bench.time + 5)
        try await store.save(book)
        try bench.expect(try await store.book(book.id), is: book, "the logbook that was saved again")
        try bench.expect(try await store.books(), is: [book], "all logbooks")
    },
    Rule("book-order", "logbooks are listed, oldest first") { bench in
        let store = try await bench.logBooks()
        for (name, time) in [("third", 3.0), ("first", 1), ("second", 2)] {
            try await store.save(bench.book(name, createdAt: time))
        }
        try bench.expect(try await store.books().map(\.name), is: ["first", "second", "third"], "the names")
    },
    Rule("book-runs", "the runs of a logbook are listed, oldest first, and no others") { bench in
        let store = try await bench.logBooks()
        let (book, other) = (bench.book("this"), bench.book("other"))
        for book in [book, other] { try await store.save(book) }
        let second = try await bench.insert(in: book.id, of: store, createdAt: 2)
        let first = try await bench.insert(in: book.id, of: store, createdAt: 1)
        _ = try await bench.insert(in: other.id, of: store)
        _ = try await bench.insert(in: nil, of: store)
        try bench.expect(try await store.flows(in: book.id).map(\.id), is: [first, second], "the runs")
        try bench.expect(try await store.flows(in: .random()).map(\.id), is: [], "the runs of no logbook")
        try bench.expect(try await store.load(first)?.detail.book, is: book.id, "the run's logbook")
    },
    Rule("book-absent", "a run is not put in a logbook that is not there") { bench in
        let (store, missing) = (try await bench.logBooks(), LogBookID.random())
        try await bench.expect(LogBookMissing(missing), from: "an insert") {
            try await bench.insert(in: missing, of: store)
        }
    },
    Rule("book-destroyed", "a logbook is removed with all its runs") { bench in
        let store = try await bench.logBooks()
        let (book, other) = (bench.book("this"), bench.book("other"))
        for book in [book, other] { try await store.save(book) }
        let gone = [
            try await bench.insert(in: book.id, of: store, .success),
            try await bench.insert(in: book.id, of: store, .reverted),
        ]
        let kept = try await bench.insert(in: other.id, of: store, .success)
        try await store.write([bench.entry("a", .success)], with: Claim(flow: gone[0], epoch: 1))
        try await store.destroy(book.id)
        try bench.expect(try await store.books(), is: [other], "the logbooks that are left")
        for id in gone { try bench.expect(try await store.load(id) == nil, "a run is left") }
        try bench.expect(try await store.load(kept) != nil, "a run of another logbook is gone")
        try await bench.expect(LogBookMissing(book.id), from: "to destroy it again") {
            try await store.destroy(book.id)
        }
    },
    Rule("book-in-use", "a logbook with an unfinished run can't be removed, and keeps its other runs") { bench in
        let store = try await bench.logBooks()
        let book = bench.book("busy")
        try await store.save(book)
        let finished = try await bench.insert(in: book.id, of: store, .success)
        let unfinished = try await bench.insert(in: book.id, of: store)
        let error = try await bench.failure(LogBookInUse.self, of: "to destroy it") { try await store.destroy(book.id) }
        try bench.expect(error.unfinished, is: [unfinished], "the unfinished runs")
        try bench.expect(try await store.book(book.id), is: book, "the logbook")
        try bench.expect(Set(try await store.flows(in: book.id).map(\.id)), is: [finished, unfinished], "the runs")
    },
    Rule("book-engine", "an engine stores its run in the given logbook") { bench in
        func run(in store: some LogBookStore, _ book: LogBook) async throws {
            try await store.save(book)
            let engine = try Engine(Flow("empty") {}, request: Nothing(), book: book.id, in: store)
            try await engine.run()
            try bench.expect(try await store.flows(in: book.id).map(\.id), is: [engine.id], "the runs")
        }
        try await run(in: bench.logBooks(), bench.book("today"))
    },
]

extension Bench {
    func book(_ name: String, createdAt: TimeInterval = 0) -> LogBook {
        LogBook(name: name, meta: ["who": "a \"person\" 💾"], createdAt: time + createdAt)
    }

    /// Stores a run in `book`, and returns its id.
    func insert(
        in book: LogBookID?,
        of store: any LogBookStore,
        _ state: FlowState = .running,
        createdAt: TimeInterval = 0
    ) async throws -> FlowID {
        let id = FlowID.random()
        let detail = FlowDetail(
            id: id,
            name: "flow",
            version: 1,
            subject: "",
            request: "{}",
            state: state,
            createdAt: time + createdAt,
            updatedAt: time,
            book: book
        )
        try await store.insert(detail)
        return id
    }
}
