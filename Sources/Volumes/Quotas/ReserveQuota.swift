internal import SQL
internal import SQLStore
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// The part of a request from which follows what it uses of quotas.
protocol QuotaRequest: Fields, Sendable {
    /// Whose quotas.
    var project: String { get }
    /// What is to be reserved.
    var amounts: QuotaAmounts { get throws }
    /// What has a limit, and is not reserved.
    var ceilings: QuotaAmounts { get throws }
    /// That it can't be fulfilled, as whoever made the request understands it.
    func refusal(_ error: QuotaExceeded) throws -> VolumeError
}

/// Reserves what a request uses in its project's quotas, until the flow commits that or is reverted
/// (`cinder: QuotaReserveTask`).
struct ReserveQuota<Request: QuotaRequest>: RevertibleTransactionalTask {
    static var name: String { "reserve-quota" }
    let limits: QuotaLimits

    func execute(_ input: Request, in transaction: SQLTransaction) throws -> Nothing {
        let quota = QuotaTable(connection: transaction.connection)
        do {
            try quota.check(input.amounts, ceilings: input.ceilings, of: input.project, within: limits)
        } catch let error as QuotaExceeded {
            throw try input.refusal(error)
        }
        try quota.reserve(input.amounts, for: TaskContext.required.flow, of: input.project)
        return Nothing()
    }

    func revert(_ input: Request, output: Nothing, in transaction: SQLTransaction) throws {
        try QuotaTable(connection: transaction.connection).cancel(TaskContext.required.flow)
    }
}
