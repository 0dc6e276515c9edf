@testable import TaskFlow

extension HandOverBoard {
    /// The board in the simulation's store, on which runs without jobs get one.
    static let model = HandOverBoard(
        transaction: ModelTransaction.self,
        by: "worker",
        move: { _, _, _ in throw Violation(.noError, "a run without a job has a lease") },
        repost: { job, transaction in
            let transaction: ModelTransaction = try UnfitTransaction.cast(transaction)
            transaction.post(job)
        }
    )
}
