internal import Identity
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// Reverts the volume to the snapshot on the pool's driver and verifies that both still exist.
struct RevertOnDriver: RevertibleTask, PlacedTask {
    struct Input: Fields {
        @Field var revertedVolume: VolumeID
        @Field var target: SnapshotID
        @Field var pool: String
        @Field var size: ByteCount
    }
    static let name = "revert-on-driver"
    let pools: PoolRegistry

    func place(for input: Input) -> Place? { .pool(input.pool) }

    func execute(_ input: Input) async throws -> Nothing {
        let driver = try await pools.driver(of: input.pool).reverting
        let (context, location) = (TaskContext.required, driver.location(of: input.revertedVolume))
        do {
            try await driver.revert(input.revertedVolume, to: input.target, operation: context.operation)
        } catch {
            throw context.isRepetition ? error.leaving(location) : error
        }
        let presence = try await driver.look(at: input.revertedVolume)
        guard presence == .complete(input.size) else {
            throw DriverError(
                .broken,
                "the driver says that it has reverted volume '\(input.revertedVolume)', but \(presence.words)",
                cause: "it should have \(input.size.bytes) bytes",
                serviceRemedy: .showPool(input.pool)
            )
        }
        return Nothing()
    }

    /// Succeeds only if the driver refused or was never asked, because the overwritten data can't be restored.
    func revert(_ input: Input, after outcome: Outcome<Nothing>) async throws {
        if let failure = outcome.driverError,
            failure.hadNoEffect || failure.code == .refused && failure.leftBehind == nil
        {
            return
        }
        throw DriverError(
            .broken,
            "volume '\(input.revertedVolume)' may have its former data, the data of the snapshot, or a mixture",
            remedy: "revert it to the snapshot again"
        )
    }
}
