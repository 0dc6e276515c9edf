internal import SQL
internal import SQLStore
internal import TaskFlow
package import VolumeAPI
internal import VolumeDriver

extension VolumeService {
    /// What a flow's failures mean to whoever asked for it.
    func failure(of engine: FinishedFlow, headline: String) -> VolumeError {
        let failures = engine.failures
        let show = Remedy.showFlow(engine.id)
        guard engine.state == .reverted else {
            let errors = failures.compactMap(\.driverError)
            return VolumeError(
                .revertIncomplete,
                headline + ", and not all could be undone",
                cause: failures.map(\.message).uniqued.joined(separator: "; "),
                aftermath: Self.aftermath(errors.last) + "; its quota is still counted",
                remedies: Remedy.last(of: errors) + [.retryFlow(engine.id), show],
                flow: engine.id
            )
        }
        let aftermath = "nothing was left behind: all is as it was"
        if failures.contains(where: { $0.error(as: FlowCancelled.self) != nil }) {
            return VolumeError(
                .cancelled,
                "\(headline): it was cancelled",
                aftermath: aftermath,
                remedies: [show],
                flow: engine.id
            )
        }
        if let error = failures.lazy.compactMap({ $0.error(as: VolumeError.self) }).first {
            return error.after(engine.id, aftermath: aftermath, remedy: show)
        }
        if let row = failures.lazy.compactMap({ $0.error(as: UnreadableRow.self) }).first {
            return VolumeError(row).after(engine.id, aftermath: aftermath, remedy: show)
        }
        if let attempts = failures.lazy.compactMap({ $0.error(as: PoolAttempts.self)?.attempts }).first,
            attempts.count > 1
        {
            return VolumeError(
                .driverFailed,
                "\(headline): none of \(attempts.count) pools could take it",
                cause: attempts.map { "pool \($0.pool.quoted): \($0.error)" }.joined(separator: "\n"),
                aftermath: aftermath,
                remedies: Remedy.last(of: attempts.map(\.error)) + [.listPools, show],
                flow: engine.id
            )
        }
        if let error = failures.lazy.compactMap(\.driverError).first {
            return VolumeError(
                VolumeError.Code(error.code),
                "\(headline): \(error.message)",
                cause: error.cause,
                aftermath: aftermath,
                remedies: Remedy.list(error) + [show],
                flow: engine.id
            )
        }
        return VolumeError(
            .unexpected,
            headline,
            cause: failures.map(\.description).joined(separator: "; "),
            aftermath: aftermath,
            remedies: [show],
            flow: engine.id
        )
    }
}

extension VolumeService {
    /// What is left of a volume when not all could be undone. That nobody could look is no sign that something is.
    ///
    /// - Parameter error: what the revert failed with.
    private static func aftermath(_ error: DriverError?) -> String {
        if let leftBehind = error?.leftBehind { return "LEFT BEHIND: \(leftBehind)" }
        return error?.code == .notFound
            ? "its data is gone, and its record is not" : "it can't be found out what is left of it"
    }
}

extension VolumeError.Code {
    /// What a caller of the service can do about a failure of a driver.
    init(_ code: DriverError.Code) {
        self =
            switch code {
            case .busy: .conflict
            case .notPermitted: .notPermitted
            case .foreignPool: .noValidPool
            default: .driverFailed
            }
    }
}

/// A flow that has come to its end, from what is stored or in memory.
struct FinishedFlow {
    let id: FlowID
    let state: FlowState
    let failures: [Failure]

    init(_ engine: Engine<SQLStore>) {
        (id, state, failures) = (engine.id, engine.state, engine.failures)
    }

    init(_ detail: FlowDetail, journal: [JournalEntry]) {
        (id, state) = (detail.id, detail.state)
        failures =
            journal.filter(\.isCancellation).compactMap(\.failure)
            + AtomDetail.details(of: detail, journal: journal).flatMap { [$0.failure, $0.revertFailure] }
            .compactMap(\.self)
    }
}

extension [String] {
    /// Each of them once, where it stands first.
    fileprivate var uniqued: [String] {
        reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }
}

extension VolumeError {
    /// The error as the service's callers know it.
    package init(translating error: any Error) {
        switch error {
        case let error as VolumeError: self = error
        case let error as SQLError: self.init(error)
        case let error as UnreadableRow: self.init(error)
        case let error as DriverError:
            let remedies = Remedy.list(error)
            self.init(
                VolumeError.Code(error.code),
                error.message,
                cause: error.cause,
                aftermath: error.leftBehind.map { "LEFT BEHIND: \($0)" } ?? "the driver left nothing behind",
                remedies: remedies.isEmpty ? [.listPools] : remedies
            )
        case let error as UnknownOperation: self.init(error)
        case let error as RecipeMismatch:
            self.init(
                .conflict,
                "flow \(error.flow) can't be carried on",
                cause: "\(error)",
                remedies: [.showFlow(error.flow)],
                flow: error.flow
            )
        case let error as ClaimRefused:
            self.init(
                .conflict,
                "\(error)",
                remedies: [.showFlow(error.flow)],
                flow: error.flow
            )
        default:
            self.init(
                .unexpected,
                "something that should not happen has happened",
                cause: "\(error)",
                aftermath: "what was begun is finished or undone by the next command",
                remedies: [.listFlows]
            )
        }
    }

    /// That a record can't be read.
    init(_ row: UnreadableRow) {
        self.init(
            .storeUnavailable,
            "the record of \(row.table) \(row.key.quoted) in the database can't be read",
            cause: row.reason,
            remedies: [
                .advice("use a newer volumectl, if one has written the record"),
                .advice("restore the database from a backup"),
            ]
        )
    }

    /// That a copy of the database could not be made.
    init(backup path: String, _ error: SQLError) {
        let (code, remedy): (Code, Remedy) =
            switch error.code {
            case .exists: (.conflict, .backUp(to: path + ".new"))
            case .cannotOpen: (.storeUnavailable, .advice("name a file in a directory that is there"))
            case .notPermitted: (.notPermitted, .advice("name a file in a directory that you may write to"))
            case .full: (.storeUnavailable, .advice("name a file on a file system with more room"))
            default: (.storeUnavailable, Self.remedy(error.code))
            }
        self.init(
            code,
            "the database was not backed up to \(path.quoted)",
            cause: "\(error.message)",
            aftermath: "nothing was changed",
            remedies: [remedy]
        )
    }

    private static func remedy(_ code: SQLError.Code) -> Remedy {
        let words =
            switch code {
            case .full: "make room on the file system of the database; to remove volumes needs none"
            case .notPermitted: "check the permissions of the database and its directory, or become its owner"
            case .cannotOpen: "check that the path of the database leads to the only name of a file in a directory"
            case .schemaFromTheFuture: "use a newer volumectl"
            case .busy: "try again; find who holds the database open with: fuser -v <database>"
            case .inputOutput: "look for errors of the disk with: dmesg; try again when it is well"
            case .corrupt: "stop using the database, keep a copy of it and its -wal, and put a backup in its place"
            default: "try again; if it fails again, report it as a defect of volumectl"
            }
        return .advice(words)
    }

    private init(_ error: SQLError) {
        guard error.code != .outOfTime else {
            self.init(
                .timedOut,
                "the request was not begun in the given time",
                cause: error.message,
                remedies: [Self.remedy(.busy)]
            )
            return
        }
        self.init(
            error.code == .notPermitted ? .notPermitted : .storeUnavailable,
            "the database can't be used",
            cause: "\(error)",
            aftermath: "what was begun is finished or undone by the next command that can use it",
            remedies: [Self.remedy(error.code)]
        )
    }
}
