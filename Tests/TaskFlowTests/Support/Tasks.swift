import TaskFlow

/// A step that touches the world as its closures say.
struct External<Input: Fields, Output: Fields>: RevertibleTask {
    static var name: String { "external" }
    let doing: @Sendable (Input) async throws -> Output
    let undoing: @Sendable (Input, Outcome<Output>) async throws -> Void

    init(
        _ doing: @escaping @Sendable (Input) async throws -> Output,
        undoing: @escaping @Sendable (Input, Outcome<Output>) async throws -> Void = { _, _ in }
    ) {
        self.doing = doing
        self.undoing = undoing
    }

    func execute(_ input: Input) async throws -> Output { try await doing(input) }

    func revert(_ input: Input, after outcome: Outcome<Output>) async throws { try await undoing(input, outcome) }
}

/// A step that touches nothing and does what its closure says.
struct Pure<Input: Fields, Output: Fields>: PureTask {
    static var name: String { "pure" }
    let doing: @Sendable (Input) async throws -> Output

    init(_ doing: @escaping @Sendable (Input) async throws -> Output) { self.doing = doing }

    func execute(_ input: Input) async throws -> Output { try await doing(input) }
}

/// A step that writes into a ledger as its closures say.
struct Transactional<Input: Fields, Output: Fields>: RevertibleTransactionalTask {
    static var name: String { "transactional" }
    let doing: @Sendable (Input, LedgerTransaction) throws -> Output
    let undoing: @Sendable (Input, Output, LedgerTransaction) throws -> Void

    init(
        _ doing: @escaping @Sendable (Input, LedgerTransaction) throws -> Output,
        undoing: @escaping @Sendable (Input, Output, LedgerTransaction) throws -> Void = { _, _, _ in }
    ) {
        self.doing = doing
        self.undoing = undoing
    }

    func execute(_ input: Input, in transaction: LedgerTransaction) throws -> Output { try doing(input, transaction) }

    func revert(_ input: Input, output: Output, in transaction: LedgerTransaction) throws {
        try undoing(input, output, transaction)
    }
}

struct Woot: Error, Codable, Equatable {
    var message = "Woot!"
}

struct Size: Fields {
    @Field var size: Int
}

struct Host: Fields {
    @Field var host: String
}

/// A step that is asked for nothing, gives nothing and notes that it runs.
func noting(_ name: String, in trace: Trace) -> Step<External<Nothing, Nothing>> {
    Step(
        External { _ in
            trace.note(name)
            return Nothing()
        } undoing: { _, _ in
            trace.note("undo \(name)")
        },
        named: name
    )
}

/// A step that fails with `error`.
func failing(_ name: String, with error: any Error = Woot()) -> Step<External<Nothing, Nothing>> {
    Step(External { _ in throw error }, named: name)
}

/// A step that gives `host`.
func giving(_ host: String, named name: String) -> Step<Pure<Nothing, Host>> {
    Step(Pure { _ in Host(host: host) }, named: name)
}

/// A step that notes the `host` that it was given.
func reading(_ name: String, in trace: Trace) -> Step<Pure<Host, Nothing>> {
    Step(
        Pure { input in
            trace.note("\(name) read \(input.host)")
            return Nothing()
        },
        named: name
    )
}
