import SQL
import Synchronization
import TestKit

/// A database that lets others act between two transactions of a request.
final class OvertakenDatabase: ForwardingDatabase {
    /// A kind of transaction.
    enum Moment {
        case read, write
    }

    let base: any SQLDatabase
    private let moment: Moment
    private let others: Mutex<(@Sendable () async throws -> Void)?>

    /// - Parameter others: is called once, after the first transaction of the kind.
    init(_ base: any SQLDatabase, afterFirst moment: Moment, others: @escaping @Sendable () async throws -> Void) {
        (self.base, self.moment) = (base, moment)
        self.others = Mutex(others)
    }

    private func letOthersAct(after moment: Moment) async throws {
        guard moment == self.moment, let act = others.withLock({ $0.take() }) else { return }
        try await act()
    }

    func write<Result: Sendable>(
        under keys: [SQLKey]?,
        until deadline: ContinuousClock.Instant?,
        _ body: @escaping @Sendable (any SQLConnection) throws -> Result
    ) async throws -> Result {
        let result = try await base.write(under: keys, until: deadline, body)
        try await letOthersAct(after: .write)
        return result
    }

    func read<Result: Sendable>(
        settledIf mustBeSettled: @escaping @Sendable (Result) -> Bool,
        _ body: @escaping @Sendable (any SQLConnection) throws -> Result
    ) async throws -> Result {
        let result = try await base.read(settledIf: mustBeSettled, body)
        try await letOthersAct(after: .read)
        return result
    }
}
