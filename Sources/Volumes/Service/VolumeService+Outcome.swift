internal import SQL
internal import SQLStore
internal import TaskFlow
package import VolumeAPI
internal import VolumeDriver

extension VolumeService {
    /// Translates a flow's failures into the error for the caller of the request.
    func failure(of engine: FinishedFlow, headline: String) -> VolumeError {
        let failures = engine.failures
        let show = Remedy.showFlow(engine.id)
        guard engine.state == .reverted else {
            let errors = failures.compactMap(\.driverError)
            return VolumeError(
                .revertIncomplete,
                headline + ", and not everything could be undone",
                cause: failures.map(\.message).uniqued.joined(separator: "; "),
                aftermath: Self.aftermath(errors.last) + "; its quota is still in use",
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
    /// Says what is left of a volume that could not be removed completely. A backend that can't answer is no evidence
    /// that something is left.
    ///
    /// - Parameter error: the driver's error in the revert.
    private static func aftermath(_ error: DriverError?) -> String {
        if let leftBehind = error?.leftBehind { return "LEFT BEHIND: \(leftBehind)" }
        return error?.code == .notFound
            ? "its data is gone, and its record is not" : "it is not known what is left of it"
    }
}

extension VolumeError.Code {
    /// The service's code for a driver's failure.
    init(_ code: DriverError.Code) {
        self =
            switch code {
            case .busy, .unsupported: .conflict
            case .notPermitted: .notPermitted
            case .foreignPool: .noValidPool
            default: .driverFailed
            }
    }
}

/// A finished flow, from its engine or from its stored records.
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
    /// The elements without repetitions, in the order of their first occurrences.
    fileprivate var uniqued: [String] {
        reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }
}

extension VolumeError {
    /// Translates any error into one for the service's callers.
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
        case let error as ClaimLost:
            let flow = error.claim.flow
            self.init(
                .storeUnavailable,
                "another process continues flow \(flow)",
                cause: "this one was stopped or cut off from the database for so long that its lease has run out",
                aftermath: "the request is carried on or undone by the other process",
                remedies: [.waitForFlow(flow), .showFlow(flow)],
                flow: flow
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
                "an unexpected error occurred",
                cause: "\(error)",
                aftermath: "what was begun is finished or undone by the next command",
                remedies: [.listFlows]
            )
        }
    }

    /// The error for a record that can't be read.
    init(_ row: UnreadableRow) {
        self.init(
            .storeUnavailable,
            "the record of \(row.table) \(row.key.quoted) in the database can't be read",
            cause: row.reason,
            remedies: [
                .advice("use a newer volumectl, if one wrote the record"),
                .advice("restore the database from a backup"),
            ]
        )
    }

    /// The error for a failed backup.
    init(backup path: String, _ error: SQLError) {
        let (code, remedy): (Code, Remedy) =
            switch error.code {
            case .exists: (.conflict, .backUp(to: path + ".new"))
            case .cannotOpen: (.storeUnavailable, .advice("name a file in a directory that exists"))
            case .notPermitted: (.notPermitted, .advice("name a file in a directory that you can write to"))
            case .full: (.storeUnavailable, .advice("name a file on a file system with more free space"))
            case .unsupported: (.conflict, Self.remedy(error))
            default: (.storeUnavailable, Self.remedy(error))
            }
        self.init(
            code,
            "the database was not backed up to \(path.quoted)",
            cause: "\(error.message)",
            aftermath: "nothing was changed",
            remedies: [remedy]
        )
    }

    private static func remedy(_ error: SQLError) -> Remedy { .advice(error.advice ?? advice(error.code)) }

    private static func advice(_ code: SQLError.Code) -> String {
        switch code {
        case .full: "free space on the database's file system; removing volumes needs none"
        case .notPermitted: "check the permissions of the database and its directory, or become its owner"
        case .cannotOpen: "check that the database is a file without other hard links, in an existing directory"
        case .schemaFromTheFuture: "use a newer volumectl"
        case .unfinished: "copy the other database into it again, which begins anew, or use another database"
        case .busy: "try again; find who holds the database open with: fuser -v <database>"
        case .inputOutput: "look for disk errors with: dmesg; try again when the disk is healthy"
        case .corrupt: "stop using the database, and put the newest backup in its place by the command restore"
        case .connectionLost: "check that the database's server runs and can be reached, and try again"
        case .outcomeUnknown: "look what has become of the request when the database's server can be reached again"
        default: "try again; if it fails again, report a defect of volumectl"
        }
    }

    private init(_ error: SQLError) {
        guard error.code != .outOfTime else {
            self.init(
                .timedOut,
                "the request could not start within the given time",
                cause: error.message,
                remedies: [.advice(Self.advice(.busy))]
            )
            return
        }
        self.init(
            error.code == .notPermitted ? .notPermitted : .storeUnavailable,
            "the database can't be used",
            cause: "\(error)",
            aftermath: "what was begun is finished or undone by the next command that can use it",
            remedies: [Self.remedy(error)]
        )
    }
}
