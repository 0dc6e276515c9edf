internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// Removes the volume on the pool's driver and verifies that it is gone.
struct DeleteOnDriver: RevertibleTask, PlacedTask {
    struct Input: Fields {
        @Field var volume: VolumeID
        @Field var pool: String?
        @Field var oldStatus: VolumeStatus
        /// The volume's size; `nil` in flows of versions that did not store it.
        @Field var oldSize: ByteCount?
    }
    static let name = "delete-on-driver"
    let pools: PoolRegistry

    func place(for input: Input) -> Place? { .pool(input.pool) }

    /// Only the volume's presence decides: a failed call that removed the volume succeeds, and a successful one that
    /// left it fails.
    func execute(_ input: Input) async throws -> Nothing {
        guard let pool = input.pool else { return Nothing() }
        let driver = try await pools.driver(of: pool)
        let (context, location) = (TaskContext.required, driver.location(of: input.volume))
        func failure(_ error: DriverError) -> DriverError { context.isRepetition ? error.leaving(location) : error }
        do {
            try await driver.removeAndLook(input.volume, in: pool, operation: context.operation)
        } catch let error as BlindLook {
            throw error.removal.map(failure) ?? error.reason
        } catch let error as DriverError {
            throw failure(error)
        }
        return Nothing()
    }

    /// Succeeds only if the volume is untouched, because removed data can't be restored.
    ///
    /// - Throws: ``DriverError`` that says what is left of the volume, or that this can't be determined.
    func revert(_ input: Input, after outcome: Outcome<Nothing>) async throws {
        guard let pool = input.pool else { return }
        // The removal did not begin, and no earlier one had failed either.
        let isAsItWas = outcome.driverError?.hadNoEffect == true && input.oldStatus != .errorDeleting
        let driver: any VolumeDriver
        let presence: VolumePresence
        do {
            driver = try await pools.driver(of: pool)
            presence = try await driver.look(at: input.volume)
        } catch {
            if isAsItWas { return }
            throw error
        }
        switch presence {
        case .complete(let size) where size == input.oldSize ?? size: return
        case .absent:
            throw DriverError(
                .notFound,
                "the volume is gone from pool \(pool.quoted), though its removal failed",
                serviceRemedy: .removeVolume(input.volume)
            )
        case .partial, .complete:
            throw DriverError(
                .broken,
                "the volume has been removed in part: \(presence.words)",
                leftBehind: driver.location(of: input.volume)
            )
        }
    }
}
