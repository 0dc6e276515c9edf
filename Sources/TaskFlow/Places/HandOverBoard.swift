public import Identity

/// The board on which an engine posts the job of a run that it hands over to another place, in the transaction that
/// puts the run to rest. So the run is neither lost nor carried by two jobs, whenever a process dies.
///
/// The job is the one under whose lease the run was claimed, which is moved to the place; its poster waits for it as
/// before. If there is no lease, the run's job on the board is moved, if it has one; otherwise it gets
/// ``Job/init(carrying:to:by:)``.
public struct HandOverBoard: Sendable {
    /// The type of the store's transactions.
    let transaction: Any.Type
    /// Moves a job, in a transaction of that type.
    let move: @Sendable (Lease, Place, Any) throws -> Void
    /// Posts a job, or moves it, in a transaction of that type.
    private let repost: @Sendable (Job, Any) throws -> Void
    private let poster: String

    /// - Parameter poster: the name under which jobs are posted, for messages and lists.
    public init<Board: TransactionalJobBoard>(_ board: Board, by poster: String) {
        self.init(
            transaction: Board.Transaction.self,
            by: poster,
            move: { try board.move($0, to: $1, in: UnfitTransaction.cast($2)) },
            repost: { try board.repost($0, in: UnfitTransaction.cast($1)) }
        )
    }

    init(
        transaction: Any.Type,
        by poster: String,
        move: @escaping @Sendable (Lease, Place, Any) throws -> Void,
        repost: @escaping @Sendable (Job, Any) throws -> Void
    ) {
        self.transaction = transaction
        self.move = move
        self.repost = repost
        self.poster = poster
    }

    /// - Throws: ``UnfitBoard`` if the store's transactions are of another type.
    func requireFit(for offered: Any.Type) throws(UnfitBoard) {
        if offered != transaction { throw UnfitBoard(needed: "\(transaction)", offered: "\(offered)") }
    }

    /// Moves the job of a run to a place, or posts one there.
    func carry(_ flow: FlowDetail, to place: Place, in transaction: Any) throws {
        if let lease = flow.lease {
            try move(lease, place, transaction)
        } else {
            try repost(Job(carrying: flow, to: place, by: poster), transaction)
        }
    }
}

extension Job {
    /// Creates the job that carries a run without a job to a place. Its identifier depends on the run alone, so that a
    /// run that is handed over again has one job.
    public init(carrying flow: FlowDetail, to place: Place, by poster: String) {
        self.init(
            flow.subject.isEmpty ? flow.name : flow.subject,
            details: JobDetails(
                flow: flow.name,
                version: flow.version,
                request: flow.request,
                run: flow.id,
                subject: flow.subject,
                scope: flow.scope,
                place: place
            ),
            id: .carrying(flow.id),
            by: poster
        )
    }
}

extension JobID {
    /// The identifier of the job that carries a run that was started without a job.
    public static func carrying(_ flow: FlowID) -> JobID { JobID(naming: "carry", within: flow) }
}

/// An engine was given a board for jobs of runs that is not in its store.
public struct UnfitBoard: Error, Sendable, Hashable, CustomStringConvertible {
    /// The type of transactions that the board needs.
    public let needed: String
    /// The type that the store has.
    public let offered: String

    /// The message for a person: what failed and why.
    public var description: String {
        "runs can't be handed over: their board needs a store with \(needed), but this store has \(offered)"
    }
}
