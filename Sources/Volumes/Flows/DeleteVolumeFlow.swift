internal import FoundationEssentials
internal import Identity
internal import SQLStore
internal import TaskFlow
internal import VolumeDriver

/// Which volume shall go.
struct DeleteVolumeRequest: Fields {
    @Field var volume: VolumeID
}

/// The way of a volume out of the world. Its quota is given back in the transaction that removes its row, which comes after
/// the backend has let go of it.
func deleteVolumeFlow(pools: [Pool]) throws(FlowCompilationError) -> Flow<DeleteVolumeRequest> {
    try Flow("delete-volume", taking: DeleteVolumeRequest.self) {
        MarkDeleting()
        DeleteOnDriver(pools: pools)
        RemoveEntry()
    } concluding: { (request, end, transaction: SQLTransaction) in
        guard end.state == .failure else { return }
        let volumes = VolumeTable(connection: transaction.connection)
        guard let volume = try volumes.find(request.volume), volume.status == .deleting else { return }
        let reason = (end.failures + end.revertFailures).map(\.description).joined(separator: "; ")
        try volumes.move(volume, to: .errorDeleting, flow: end.flow, error: reason, at: Date())
    }
}

/// Takes the volume out of use.
struct MarkDeleting: RevertibleTransactionalTask {
    struct Input: Fields {
        @Field var volume: VolumeID
    }
    struct Output: Fields {
        @Field var pool: String?
        /// What its status was.
        @Field var oldStatus: VolumeStatus
        @Field var oldError: String?
    }
    static let name = "mark-deleting"

    func execute(_ input: Input, in transaction: SQLTransaction) throws -> Output {
        let volumes = VolumeTable(connection: transaction.connection)
        let volume = try volumes.find(input.volume).orMissing(input.volume.description)
        try volumes.move(volume, to: .deleting, flow: TaskContext.required.flow, at: Date())
        return Output(pool: volume.pool, oldStatus: volume.status, oldError: volume.lastError)
    }

    func revert(_ input: Input, output: Output, in transaction: SQLTransaction) throws {
        let volumes = VolumeTable(connection: transaction.connection)
        let volume = try volumes.find(input.volume).orMissing(input.volume.description)
        try volumes.move(volume, to: output.oldStatus, flow: volume.flow, error: output.oldError, at: Date())
    }
}

/// Has the pool's driver remove the volume.
struct DeleteOnDriver: RevertibleTask {
    struct Input: Fields {
        @Field var volume: VolumeID
        @Field var pool: String?
    }
    static let name = "delete-on-driver"
    let pools: [Pool]

    /// A driver that failed and had its effect all the same has succeeded.
    func execute(_ input: Input) async throws -> Nothing {
        guard let pool = input.pool else { return Nothing() }
        let driver = try pools.driver(of: pool)
        do {
            try await driver.delete(input.volume, operation: TaskContext.required.operation)
        } catch {
            guard try await driver.inspect(input.volume) == .absent else { throw error }
        }
        return Nothing()
    }

    /// Nothing brings data back: the volume is either untouched, or what is left of it is named.
    func revert(_ input: Input, after outcome: Outcome<Nothing>) async throws {
        guard let pool = input.pool else { return }
        let driver = try pools.driver(of: pool)
        if case .complete = try await driver.inspect(input.volume) { return }
        throw DriverError(
            .broken,
            "volume \(input.volume) has been removed in part",
            leftBehind: driver.location(of: input.volume)
        )
    }
}

/// Removes the volume's row and gives back its quota.
struct RemoveEntry: TransactionalTask {
    struct Input: Fields {
        @Field var volume: VolumeID
    }
    static let name = "remove-entry"

    func execute(_ input: Input, in transaction: SQLTransaction) throws -> Nothing {
        let volumes = VolumeTable(connection: transaction.connection)
        let volume = try volumes.find(input.volume).orMissing(input.volume.description)
        let quota = QuotaTable(connection: transaction.connection)
        if volume.isReserved {
            try quota.cancelReservation(volume.size, for: volume.project)
        } else {
            try quota.release(volume.size, for: volume.project)
        }
        try volumes.remove(input.volume)
        return Nothing()
    }
}

extension Operation {
    static func delete(_ flow: Flow<DeleteVolumeRequest>) -> Operation {
        Operation(recipe: flow.recipe, retryPolicy: .removeAgain) { "volume \"\($0)\" was not deleted" }
    }
}
