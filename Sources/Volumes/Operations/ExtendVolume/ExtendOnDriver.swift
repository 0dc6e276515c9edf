internal import Identity
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// Extends the volume on the pool's driver and verifies its size.
struct ExtendOnDriver: RevertibleTask, PlacedTask {
    struct Input: Fields {
        @Field var volume: VolumeID
        @Field var pool: String?
        @Field var oldStatus: VolumeStatus
        @Field var oldSize: ByteCount
        @Field var actualSize: ByteCount
    }
    static let name = "extend-on-driver"
    let pools: PoolRegistry

    func place(for input: Input) -> Place? { .pool(input.pool) }

    /// The volume's size decides, and not the driver's answer: a driver that reports a failure may have extended the volume,
    /// and one that reports success may not.
    func execute(_ input: Input) async throws -> Nothing {
        let driver = try await pools.driver(of: input.pool ?? "")
        var failure: DriverError?
        do {
            try await driver.extending
                .extend(input.volume, to: input.actualSize, operation: TaskContext.required.operation)
        } catch {
            failure = error
        }
        let presence: VolumePresence
        do {
            presence = try await driver.look(at: input.volume)
        } catch {
            throw failure ?? error
        }
        guard presence != .complete(input.actualSize) else { return Nothing() }
        throw failure
            ?? DriverError(
                .broken,
                "the driver reported the volume as extended, but \(presence.words)",
                cause: "\(input.actualSize.bytes) bytes were requested",
                serviceRemedy: .showPool(input.pool ?? "")
            )
    }

    /// Succeeds only if the volume has its old size, because no driver can shrink a volume.
    func revert(_ input: Input, after outcome: Outcome<Nothing>) async throws {
        let driver: any VolumeDriver
        let presence: VolumePresence
        do {
            driver = try await pools.driver(of: input.pool ?? "")
            presence = try await driver.look(at: input.volume)
        } catch {
            // Without a look, only a call that can't have begun is known to have changed nothing.
            if outcome.driverError?.hadNoEffect == true { return }
            throw error
        }
        switch presence {
        case .complete(input.oldSize): return
        // An earlier extension that failed had not reached the backend.
        case .complete(let size) where input.oldStatus == .errorExtending && size < input.actualSize: return
        case .complete, .partial, .absent:
            throw DriverError(
                .broken,
                "the volume is not as it was, though its extension failed: \(presence.words)",
                serviceRemedy: .showPool(input.pool ?? "")
            )
        }
    }
}
