internal import Identity
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// Creates a snapshot of each volume on its pool's driver, one after the other, and verifies that it exists.
struct SnapshotGroupOnDrivers: RevertibleTask, PlacedTask {
    struct Input: Fields {
        @Field var places: [GroupSnapshotPlace]
    }
    static let name = "snapshot-group-on-drivers"
    let pools: PoolRegistry

    func place(for input: Input) -> Place? { .pools(input.places.map(\.pool)) }

    /// Makes sure, before any snapshot is made, that those of volumes in use can each be made at one moment.
    func execute(_ input: Input) async throws -> Nothing {
        for place in input.places {
            try await pools.driver(of: place.pool).snapshotting.requireCopiesAtOnce(place.isInUse)
        }
        let (step, context) = (SnapshotOnDriver(pools: pools), TaskContext.required)
        for place in input.places {
            try await step.create(place.input, context.operation(of: place), isRepetition: context.isRepetition)
        }
        return Nothing()
    }

    /// Removes all snapshots, and verifies that they are gone. One that can't be removed does not keep the others.
    func revert(_ input: Input, after outcome: Outcome<Nothing>) async throws {
        let (step, context) = (SnapshotOnDriver(pools: pools), TaskContext.required)
        var failure: (any Error)?
        for place in input.places.reversed() {
            do {
                try await step.remove(place.input, context.operation(of: place))
            } catch {
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
    }
}

extension GroupSnapshotPlace {
    fileprivate var input: SnapshotOnDriver.Input {
        SnapshotOnDriver.Input(snapshot: snapshot, volume: volume, pool: pool, size: size, isInUse: isInUse)
    }
}

extension TaskContext {
    /// An identifier for idempotent calls about one of several snapshots.
    fileprivate func operation(of place: GroupSnapshotPlace) -> OperationID {
        OperationID(naming: place.snapshot.description, within: operation)
    }
}
