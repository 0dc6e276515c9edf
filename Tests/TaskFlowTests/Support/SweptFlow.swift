import Identity
import Synchronization
import TaskFlow
import Testing

/// What swept flows touch: things with names, made and removed by calls that may be repeated.
final class World: Sendable {
    private struct State {
        var things: Set<String> = []
        var operations: [String: Set<OperationID>] = [:]
        var isBroken = false
    }

    private let state = Mutex(State())

    var things: Set<String> { state.withLock { $0.things } }
    /// The calls, each with how many operations it was made under.
    var operations: [String: Int] { state.withLock { $0.operations.mapValues(\.count) } }

    func makeRemovalFail(_ isFailing: Bool) { state.withLock { $0.isBroken = isFailing } }

    func make(_ name: String) throws {
        try note("make \(name)")
        state.withLock { _ = $0.things.insert(name) }
    }

    func remove(_ name: String) throws {
        try note("remove \(name)")
        try state.withLock { state in
            if state.isBroken { throw Woot(message: "stuck") }
            state.things.remove(name)
        }
    }

    private func note(_ call: String) throws {
        let context = try #require(TaskContext.current)
        state.withLock { _ = $0.operations[call, default: []].insert(context.operation) }
    }
}

/// How a swept flow ends.
enum Course: CaseIterable {
    case success
    /// The last step fails.
    case reverted
    /// The last step fails, and so does a revert, until it is mended and tried again.
    case failure
    /// The last step fails, and everything is tried a second time.
    case retried
}

struct Volume: Fields {
    @Field var volume: String
}

struct Reservation: Fields {
    @Field var reserved: Int
}

/// What the last step takes.
struct Export: Fields {
    @Field var size: Int
    @Field var attempt: Int
}

/// Six steps of every kind, and a retry around them.
func sweptFlow(_ course: Course, in world: World) throws -> Flow<Size> {
    try Flow("swept", taking: Size.self, retry: Step(Times(course == .retried ? 2 : 1))) {
        Step(Pure { (input: Size) in Volume(volume: "volume-\(input.size)") }, named: "name")
        Step(
            Transactional { (input: Size, ledger) in
                ledger.write("reserve \(input.size)")
                return Reservation(reserved: input.size)
            } undoing: { _, output, ledger in
                ledger.write("free \(output.reserved)")
            },
            named: "reserve"
        )
        Step(
            External { (input: Volume) in
                try world.make(input.volume)
                return Host(host: "host of \(input.volume)")
            } undoing: { input, _ in
                try world.remove(input.volume)
            },
            named: "create"
        )
        Step(Pure { (input: Host) in Size(size: input.host.count) }, named: "measure").writing(\.$size, to: "length")
        Step(
            Transactional { (input: Host, ledger) in
                ledger.write("record \(input.host)")
                return Nothing()
            } undoing: { input, _, ledger in
                ledger.write("forget \(input.host)")
            },
            named: "record"
        )
        Step(
            External { (input: Export) in
                try world.make("export-\(input.size)")
                if course != .success && !(course == .retried && input.attempt == 2) { throw Woot() }
                return Nothing()
            } undoing: { input, outcome in
                guard case .failed = outcome else { throw Woot(message: "not told of the failure") }
                try world.remove("export-\(input.size)")
            },
            named: "export"
        )
        .reading(\.$size, from: "length")
    } concluding: { request, end, ledger in
        (ledger as LedgerTransaction).write("end \(request.size) \(end.state.rawValue)")
        for failure in end.failures + end.revertFailures { ledger.write("because of \(failure.atom)") }
    }
}
