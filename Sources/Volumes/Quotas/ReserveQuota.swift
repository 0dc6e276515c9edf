internal import SQL
internal import SQLStore
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// The part of a request that determines how much quota it uses.
protocol QuotaRequest: Fields, Sendable {
    /// The project whose quota is used.
    var project: String { get }
    /// The amounts to reserve, without those of a volume type.
    var amounts: QuotaAmounts { get throws }
    /// The volume type for which the amounts count, too.
    func type(in connection: any SQLConnection) throws -> String?
    /// Amounts that have a limit and are not reserved.
    var ceilings: QuotaAmounts { get throws }
    /// The error for the caller of the request.
    func refusal(_ error: QuotaExceeded) throws -> VolumeError
}

extension QuotaRequest {
    /// Makes sure that the project has this much quota left.
    ///
    /// - Returns: the amounts, with those of the volume type.
    /// - Throws: the result of ``refusal(_:)``.
    @discardableResult
    func check(_ quota: QuotaTable, within limits: QuotaLimits) throws -> QuotaAmounts {
        let amounts = try amounts.counting(for: type(in: quota.connection))
        do {
            try quota.check(amounts, ceilings: ceilings, of: project, within: limits)
            return amounts
        } catch let error as QuotaExceeded {
            throw try refusal(error)
        }
    }
}

/// Reserves the quota of a request until the flow commits the reservation or is reverted (`cinder: QuotaReserveTask`).
struct ReserveQuota<Request: QuotaRequest>: RevertibleTransactionalTask {
    static var name: String { "reserve-quota" }
    let limits: QuotaLimits

    func execute(_ input: Request, in transaction: SQLTransaction) throws -> Nothing {
        let quota = QuotaTable(connection: transaction.connection)
        let amounts = try input.check(quota, within: limits)
        try quota.reserve(amounts, for: TaskContext.required.flow, of: input.project)
        return Nothing()
    }

    func revert(_ input: Request, output: Nothing, in transaction: SQLTransaction) throws {
        try QuotaTable(connection: transaction.connection).cancel(TaskContext.required.flow)
    }
}
