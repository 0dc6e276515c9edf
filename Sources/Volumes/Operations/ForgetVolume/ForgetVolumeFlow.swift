internal import Identity
internal import SQL
internal import SQLStore
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// The input of the flow that forgets a volume.
struct ForgetVolumeRequest: Fields {
    @Field var volume: VolumeID
}

/// The flow that removes a volume's record and leaves its data in the pool (`cinder: unmanage`), in one transaction.
func forgetVolumeFlow() throws(FlowCompilationError) -> Flow<ForgetVolumeRequest> {
    try Flow("forget-volume", version: 1, taking: ForgetVolumeRequest.self) {
        ForgetEntry()
    } concluding: { (request, end, transaction: SQLTransaction) in
        guard end.state == .success else { return }
        try transaction.resolveFailures(onRemoved: request.volume, by: end.flow)
    }
}

/// Removes the volume's row and releases its quota.
struct ForgetEntry: TransactionalTask {
    struct Input: Fields {
        @Field var volume: VolumeID
    }
    struct Output: Fields {
        /// The pool that holds the data; `nil` if no pool was chosen.
        @Field var formerPool: String?
        /// The name of the object on the backend.
        @Field var object: String
    }
    static let name = "forget-entry"

    func execute(_ input: Input, in transaction: SQLTransaction) throws -> Output {
        let (volumes, attachments) = transaction.tablesOfUse
        let volume = try volumes.find(input.volume).orMissing(input.volume.description)
        guard !volume.attributes.isProtected else { throw VolumeError.protected(volume) }
        switch volume.status {
        case .available, .error, .errorDeleting, .errorExtending: break
        case .inUse: throw VolumeError.inUse(volume, try attachments.list(of: volume.id), for: .available)
        default: throw VolumeError.notForgotten(volume, "it is \(volume.status.rawValue)", volume.wayOut)
        }
        let snapshots = try SnapshotTable(connection: transaction.connection).list(of: volume.id, limit: 1).0
        guard snapshots.isEmpty, snapshots.unreadable.isEmpty else {
            throw VolumeError.notForgotten(volume, "it has snapshots", [.listSnapshots(volume: volume.label)])
        }
        try volumes.requireNoCopy(of: volume)
        try volume.removeEntry(in: transaction)
        return Output(formerPool: volume.pool, object: volume.id.backendName)
    }
}

extension StartableOperation<ForgetVolumeRequest> {
    static func forgetVolume() throws(FlowCompilationError) -> Self {
        Self(
            try forgetVolumeFlow(),
            rule: .forgetVolume,
            retryPolicy: .goOnReverting,
            driverStep: ForgetEntry.name,
            isRevertible: false,
            headline: { "volume \"\($0)\" was not forgotten" }
        )
    }
}

extension SQLTransaction {
    /// Resolves the flows that failed on a volume: they have nothing left to revert.
    func resolveFailures(onRemoved volume: VolumeID, by flow: FlowID) throws {
        for field in ["volume", "revertedVolume"] {
            try resolveFailures(mentioning: "\"\(field)\":\"\(volume)\"", note: "resolved by flow \(flow)")
        }
    }
}

extension VolumeError {
    fileprivate static func notForgotten(_ volume: Volume, _ why: String, _ remedies: [Remedy]) -> VolumeError {
        VolumeError(
            .conflict,
            "volume \"\(volume.label)\" was not forgotten: \(why)",
            remedies: remedies + [.showVolume(volume.label)]
        )
    }
}
