internal import Identity
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// Creates the snapshot on the pool's driver and verifies that it exists.
struct SnapshotOnDriver: RevertibleTask, PlacedTask {
    struct Input: Fields {
        @Field var snapshot: SnapshotID
        @Field var volume: VolumeID
        @Field var pool: String
        @Field var size: ByteCount
        @Field var isInUse: Bool?
    }
    static let name = "snapshot-on-driver"
    let pools: PoolRegistry

    func place(for input: Input) -> Place? { .pool(input.pool) }

    func execute(_ input: Input) async throws -> Nothing {
        let context = TaskContext.required
        try await create(input, context.operation, isRepetition: context.isRepetition)
        return Nothing()
    }

    /// - Parameter isRepetition: whether a process that died may have created it.
    func create(_ input: Input, _ operation: OperationID, isRepetition: Bool) async throws {
        let driver = try await pools.driver(of: input.pool).snapshotting
        let location = driver.location(of: input.snapshot, of: input.volume)
        do {
            try await driver.requireCopiesAtOnce(input.isInUse)
            try await driver.createSnapshot(input.snapshot, of: input.volume, operation: operation)
        } catch {
            throw isRepetition ? error.leaving(location) : error
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
    }

    /// Removes the snapshot and verifies that it is gone: a driver that failed may have created it nevertheless, and
    /// one that reports success may not have removed it.
    ///
    /// A snapshot of another volume with the same id is never touched, because the look and the removal name the
    /// volume.
    func revert(_ input: Input, after outcome: Outcome<Nothing>) async throws {
        try await remove(
            input,
            TaskContext.required.operation,
            neverMade: outcome.driverError?.hadNoEffect == true
        )
    }

    /// - Parameter neverMade: whether it is known that there is none, so that a pool that can't answer is no obstacle.
    func remove(_ input: Input, _ operation: OperationID, neverMade: Bool = false) async throws {
        let driver: any SnapshottingDriver
        do {
            driver = try await pools.driver(of: input.pool).snapshotting
        } catch {
            if neverMade { return }
            throw error
        }
        do {
            try await driver.removeAndLook(input.snapshot, of: input.volume, in: input.pool, operation: operation)
        } catch let error as BlindLook {
            if neverMade { return }
            throw error.reason
        } catch let error as DriverError {
            throw error.leaving(driver.location(of: input.snapshot, of: input.volume))
        }
    }
}

extension SnapshottingDriver {
    /// Removes a snapshot. Only the look decides: a failed call that removed the snapshot succeeds.
    ///
    /// - Throws: ``DriverError`` when the snapshot is still there; ``BlindLook`` when that can't be found out.
    func removeAndLook(
        _ snapshot: SnapshotID,
        of volume: VolumeID,
        in pool: String,
        operation: OperationID
    ) async throws {
        let location = location(of: snapshot, of: volume)
        try await removing("snapshot '\(snapshot)'", at: location, in: pool) { () throws(DriverError) in
            try await deleteSnapshot(snapshot, of: volume, operation: operation)
        } look: { () throws(DriverError) in
            try await look(at: snapshot, of: volume)
        }
    }

    /// Inspects the snapshot on the backend.
    ///
    /// - Throws: `broken` whenever the backend can't answer, so that no caller takes the failure for the absence of the
    ///   snapshot.
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

extension VolumeDriver {
    /// The snapshot's location for messages: drivers name it by its id, beside its volume.
    func location(of snapshot: SnapshotID, of volume: VolumeID) -> String {
        "\(snapshot.backendName) of \(location(of: volume))"
    }
}
