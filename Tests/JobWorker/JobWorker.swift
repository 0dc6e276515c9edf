import ArgumentParser
import Foundation
import Identity
import SQL
import SQLStore
import TaskFlow
import TestKit

/// A worker process that takes one job from a database's job board, runs its flow, prints the outcome and ends. It dies
/// or stops where its options say.
@main
struct JobWorker: AsyncParsableCommand {
    @Argument(help: "The directory of the database and of what is sent.") var directory: String
    @Option(help: "The moment at which to die, of commits and of sending, counted from one; 0 for never.") var at = 0
    @Option(help: "How long others wait for it, in milliseconds.") var lease = 30_000
    @Flag(help: "Stop, as by SIGSTOP, before anything is sent, and say so in a file named 'stopped'.") var stops = false

    func run() async throws {
        let clock = DoomsdayClock(at: at)
        let store = try SQLStore(
            TestDatabase.open(directory + "/jobs.db", observer: { _ in clock.tick() }),
            schemas: [Ledger.schema]
        )
        let conductor = Conductor(
            board: SQLJobBoard(in: store),
            flows: FlowRegistry(try transfer(clock)),
            store: store,
            options: ConductorOptions(lease: .milliseconds(lease))
        )
        conductor.notifier.register([.jobConsumed, .jobAbandoned, .jobTrashed, .jobLost]) { change in
            print([change.kind.rawValue, change.state?.rawValue].compactMap { $0 }.joined(separator: " "))
        }
        try await conductor.run(maxDispatches: 1)
    }

    /// Takes an amount from an account, sends it, and writes a receipt; the receipt of a negative amount fails.
    private func transfer(_ clock: DoomsdayClock) throws -> Flow<Amount> {
        let (directory, stops) = (directory, stops)
        return try Flow("transfer", taking: Amount.self) {
            Withdraw()
            Send { operation in
                if stops { try stop(directory) }
                clock.tick()
                let path = "\(directory)/sent-\(operation)"
                guard FileManager.default.createFile(atPath: path, contents: nil) else {
                    throw CocoaError(.fileWriteUnknown)
                }
                clock.tick()
            } undoing: { operation in
                clock.tick()
                try? FileManager.default.removeItem(atPath: "\(directory)/sent-\(operation)")
                clock.tick()
            }
            WriteReceipt()
        }
    }
}

private func stop(_ directory: String) throws {
    try Data("\(getpid())".utf8).write(to: URL(filePath: directory + "/stopped"), options: .atomic)
    // The signal is sent to this thread, so that no other thread stores the step's outcome before the process stops.
    raise(SIGSTOP)
}

private struct Amount: Fields {
    @Field var amount: Int
}

private struct Withdraw: RevertibleTransactionalTask {
    static let name = "withdraw"

    func execute(_ input: Amount, in transaction: SQLTransaction) throws -> Nothing {
        try Ledger.write("withdraw \(input.amount)", in: transaction)
        return Nothing()
    }

    func revert(_ input: Amount, output: Nothing, in transaction: SQLTransaction) throws {
        try Ledger.write("refund \(input.amount)", in: transaction)
    }
}

/// Records the sending under the execution's operation id; the revert removes the record.
private struct Send: RevertibleTask {
    static let name = "send"
    struct Input: Fields { @Field var amount: Int }
    struct Output: Fields { @Field var sending: OperationID }

    let doing: @Sendable (OperationID) throws -> Void
    let undoing: @Sendable (OperationID) throws -> Void

    init(
        _ doing: @escaping @Sendable (OperationID) throws -> Void,
        undoing: @escaping @Sendable (OperationID) throws -> Void
    ) {
        (self.doing, self.undoing) = (doing, undoing)
    }

    func execute(_ input: Input) async throws -> Output {
        let operation = TaskContext.required.operation
        try doing(operation)
        return Output(sending: operation)
    }

    func revert(_ input: Input, after outcome: Outcome<Output>) async throws {
        if case .succeeded(let output) = outcome { try undoing(output.sending) }
    }
}

private struct WriteReceipt: TransactionalTask {
    static let name = "write-receipt"
    struct Input: Fields { @Field var amount: Int }
    struct Output: Fields { @Field var receipt: String }

    struct NothingToReceipt: Error, Codable {}

    func execute(_ input: Input, in transaction: SQLTransaction) throws -> Output {
        guard input.amount > 0 else { throw NothingToReceipt() }
        try Ledger.write("receipt \(input.amount)", in: transaction)
        return Output(receipt: "\(input.amount) sent")
    }
}

/// The table of the account's entries.
private enum Ledger {
    static let schema = Schema(
        name: "ledger",
        steps: ["CREATE TABLE ledger (number INTEGER PRIMARY KEY, line TEXT NOT NULL) STRICT"]
    )

    static func write(_ line: String, in transaction: SQLTransaction) throws {
        try transaction.connection.execute("INSERT INTO ledger (line) VALUES (?)", line)
    }
}
