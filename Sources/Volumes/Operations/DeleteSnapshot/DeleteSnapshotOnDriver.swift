internal import Identity
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// Removes the snapshot on the pool's driver and verifies that it is gone.
struct DeleteSnapshotOnDriver: RevertibleTask, PlacedTask {
    struct Input: Fields {
        @Field var snapshot: SnapshotID
        @Field var volume: VolumeID
        @Field var pool: String?
        @Field var oldStatus: SnapshotStatus
        @Field var oldSize: ByteCount
    }
    static let name = "delete-snapshot-on-driver"
    let pools: PoolRegistry

    func place(for input: Input) -> Place? { .pool(input.pool) }

    func execute(_ input: Input) async throws -> Nothing {
        guard let pool = input.pool else { return Nothing() }
        let driver = try await pools.driver(of: pool).snapshotting
        let context = TaskContext.required
        do {
            try await driver.removeAndLook(
                input.snapshot,
                of: input.volume,
                in: pool,
                operation: context.operation
            )
        } catch let error as BlindLook {
            throw error.removal ?? error.reason
        } catch let error as DriverError where context.isRepetition {
            throw error.leaving(driver.location(of: input.snapshot, of: input.volume))
        }
        return Nothing()
    }

    /// Succeeds only if the snapshot is untouched, because removed data can't be restored. Otherwise the error says
    /// what is left of the snapshot, or that this can't be determined.
    func revert(_ input: Input, after outcome: Outcome<Nothing>) async throws {
        guard let pool = input.pool else { return }
        // The removal did not begin, and no earlier one had failed either.
        let isAsItWas = outcome.driverError?.hadNoEffect == true && input.oldStatus != .errorDeleting
        let driver: any SnapshottingDriver
        let presence: VolumePresence
        do {
            driver = try await pools.driver(of: pool).snapshotting
            presence = try await driver.look(at: input.snapshot, of: input.volume)
        } catch {
            if isAsItWas { return }
            throw error
        }
        switch presence {
        case .complete(input.oldSize): return
        case .absent:
            throw DriverError(
                .notFound,
                "snapshot '\(input.snapshot)' is gone from pool \(pool.quoted), though its removal failed",
                serviceRemedy: .removeSnapshot(input.snapshot)
            )
        case .partial, .complete:
            throw DriverError(
                .broken,
                "snapshot '\(input.snapshot)' has been removed in part: \(presence.words)",
                leftBehind: driver.location(of: input.snapshot, of: input.volume)
            )
        }
    }
}
