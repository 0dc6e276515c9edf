internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// Has the pool's driver remove the volume, and looks whether it has.
struct DeleteOnDriver: RevertibleTask {
    struct Input: Fields {
        @Field var volume: VolumeID
        @Field var pool: String?
        @Field var oldStatus: VolumeStatus
        /// How large the volume was; left out by versions that did not ask.
        @Field var oldSize: ByteCount?
    }
    static let name = "delete-on-driver"
    let pools: PoolRegistry

    /// A driver that failed and had its effect all the same has succeeded, and one that says that it is done has not if the
    /// volume is still there.
    func execute(_ input: Input) async throws -> Nothing {
        guard let pool = input.pool else { return Nothing() }
        let driver = try await pools.driver(of: pool)
        let (context, location) = (TaskContext.required, driver.location(of: input.volume))
        var failure: DriverError?
        do {
            try await driver.delete(input.volume, operation: context.operation)
        } catch {
            failure = context.isRepetition ? error.leaving(location) : error
        }
        let presence: VolumePresence
        do {
            presence = try await driver.look(at: input.volume)
        } catch {
            throw failure ?? error
        }
        guard presence != .absent else { return Nothing() }
        throw failure
            ?? DriverError(
                .broken,
                "the driver says that it has removed volume '\(input.volume)', but \(presence.words)",
                serviceRemedy: .showPool(pool),
                leftBehind: location
            )
    }

    /// Nothing brings data back: the volume is untouched, or it is told what is left of it, or that this can't be found out.
    func revert(_ input: Input, after outcome: Outcome<Nothing>) async throws {
        guard let pool = input.pool else { return }
        // Known to be as it was, if the removal can't have begun and nothing had to be found out before it.
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
                "volume '\(input.volume)' is gone from pool \(pool.quoted), though its removal failed",
                serviceRemedy: .removeVolume(input.volume)
            )
        case .partial, .complete:
            throw DriverError(
                .broken,
                "volume '\(input.volume)' has been removed in part: \(presence.words)",
                leftBehind: driver.location(of: input.volume)
            )
        }
    }
}
