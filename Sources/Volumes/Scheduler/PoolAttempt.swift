internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// A pool on which the driver failed to create the volume, and why.
struct PoolAttempt: Sendable, Hashable, Codable {
    let pool: String
    let error: DriverError
}

/// The volume could not be created on any of the pools that were tried.
struct PoolAttempts: Error, Sendable, Hashable, Codable {
    /// Oldest first; never empty.
    let attempts: [PoolAttempt]
}

extension PoolAttempts: CausedError, CustomStringConvertible {
    var cause: (any Error)? { attempts.last?.error }

    /// The last failure only, because earlier attempts have reported theirs.
    var description: String { attempts.last.map { "pool \($0.pool.quoted): \($0.error)" } ?? "no pool was tried" }
}

extension Failure {
    /// The driver's error, if a driver's failure is the cause.
    var driverError: DriverError? { error(as: DriverError.self) ?? error(as: PoolAttempts.self)?.attempts.last?.error }
}

/// Tries one pool after the other as long as the drivers report that another pool may succeed (`cinder:
/// scheduler_max_attempts`).
struct TryPools: ImmediateRetry {
    struct Input: Fields {
        @Field var pool: String?
        @Field var reports: [PoolReport]
    }
    struct Output: Fields {
        @Field var tried: [PoolAttempt]
    }
    static let name = "try-pools"
    /// The maximum number of pools to try.
    let maximum: Int

    func next(_ input: Input, history: History<Output>) -> Output { Output(tried: Self.tried(history)) }

    func onFailure(_ input: Input, history: History<Output>) -> Decision {
        let tried = Self.tried(history)
        guard history.attempts.count < maximum, tried.count == history.attempts.count,
            tried.last?.error.mayRetryElsewhere == true
        else { return .revertAll }
        let names = Set(tried.map(\.pool))
        let isAnyLeft = input.reports.contains { report in
            report.problem == nil && !names.contains(report.name) && (input.pool == nil || input.pool == report.name)
        }
        return isAnyLeft ? .retry : .revertAll
    }

    /// The pools on which an attempt failed.
    private static func tried(_ history: History<Output>) -> [PoolAttempt] {
        guard let last = history.attempts.last else { return [] }
        return last.failures.values.lazy.compactMap { $0.error(as: PoolAttempts.self)?.attempts }.first
            ?? last.output.tried
    }
}
