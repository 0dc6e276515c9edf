internal import Identity
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// Has the pool's driver make the snapshot, and looks whether it has.
struct SnapshotOnDriver: RevertibleTask {
    struct Input: Fields {
        @Field var snapshot: SnapshotID
        @Field var volume: VolumeID
        @Field var pool: String
        @Field var size: ByteCount
    }
    static let name = "snapshot-on-driver"
    let pools: PoolRegistry

    func execute(_ input: Input) async throws -> Nothing {
        let driver = try await pools.driver(of: input.pool).snapshotting
        let (context, location) = (TaskContext.required, driver.location(of: input.snapshot, of: input.volume))
        do {
            try await driver.createSnapshot(input.snapshot, of: input.volume, operation: context.operation)
        } catch {
            throw context.isRepetition ? error.leaving(location) : error
        }
        let presence = try await driver.look(at: input.snapshot, of: input.volume)
        guard presence == .complete(input.size) else {
            throw DriverError(
                .broken,
                "the driver says that it has made snapshot '\(input.snapshot)', but \(presence.words)",
                cause: "its volume has \(input.size.bytes) bytes",
                serviceRemedy: .showPool(input.pool)
            )
        }
        return Nothing()
    }

    /// Removes the snapshot, and looks whether it is gone: a driver that failed may have had its effect all the same, and one
    /// that says that it has removed the snapshot may not have.
    ///
    /// What a driver refuses to make because its id is that of another volume's snapshot is not touched: the look and the
    /// removal name the volume.
    func revert(_ input: Input, after outcome: Outcome<Nothing>) async throws {
        let failure = outcome.driverError
        let driver: any SnapshottingDriver
        do {
            driver = try await pools.driver(of: input.pool).snapshotting
        } catch {
            if failure?.hadNoEffect == true { return }
            throw error
        }
        do {
            try await driver.removeAndLook(
                input.snapshot,
                of: input.volume,
                in: input.pool,
                operation: TaskContext.required.operation
            )
        } catch let error as BlindLook {
            if failure?.hadNoEffect == true { return }
            throw error.reason
        } catch let error as DriverError {
            throw error.leaving(driver.location(of: input.snapshot, of: input.volume))
        }
    }
}

extension SnapshottingDriver {
    /// Removes a snapshot, and believes only a look. A driver that failed and had its effect all the same has succeeded.
    ///
    /// - Throws: ``DriverError`` when the snapshot is still there; ``BlindLook`` when that can't be found out.
    func removeAndLook(
        _ snapshot: SnapshotID,
        of volume: VolumeID,
        in pool: String,
        operation: OperationID
    ) async throws {
        var failure: DriverError?
        do {
            try await deleteSnapshot(snapshot, of: volume, operation: operation)
        } catch {
            failure = error
        }
        let presence: VolumePresence
        do {
            presence = try await look(at: snapshot, of: volume)
        } catch {
            throw BlindLook(removal: failure, reason: error)
        }
        guard presence != .absent else { return }
        throw failure
            ?? DriverError(
                .broken,
                "the driver says that it has removed snapshot '\(snapshot)', but \(presence.words)",
                serviceRemedy: .showPool(pool),
                leftBehind: location(of: snapshot, of: volume)
            )
    }

    /// What the backend holds of the snapshot.
    ///
    /// - Throws: `broken`, whatever the reason is that it can't be found out, so that nobody takes that for an answer.
    func look(at snapshot: SnapshotID, of volume: VolumeID) async throws(DriverError) -> VolumePresence {
        do {
            return try await inspectSnapshot(snapshot, of: volume)
        } catch {
            throw DriverError(
                .broken,
                "it can't be found out whether snapshot '\(snapshot)' is still there",
                cause: error.description,
                remedy: error.remedy,
                serviceRemedy: error.serviceRemedy
            )
        }
    }
}

/// It can't be found out what has come of a removal.
struct BlindLook: Error {
    /// What the removal failed with, if it did.
    let removal: DriverError?
    /// Why nobody could look.
    let reason: DriverError
}

extension VolumeDriver {
    /// Where a person finds the snapshot: drivers name it by its id, beside its volume.
    func location(of snapshot: SnapshotID, of volume: VolumeID) -> String {
        "\(snapshot.backendName) of \(location(of: volume))"
    }
}
