internal import Identity
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// Has the pool's driver turn the object into the volume, and looks whether it has. An object that has the volume's own name
/// already is only looked at.
struct AdoptOnDriver: RevertibleTask, PlacedTask {
    struct Input: Fields {
        @Field var volume: VolumeID
        @Field var pool: String
        @Field var object: String
        @Field var actualSize: ByteCount

        var hasOwnName: Bool { object == volume.backendName }
    }
    struct Output: Fields {
        /// The volume's location on its backend, such as a path.
        @Field var location: String
    }
    static let name = "adopt-on-driver"
    let pools: PoolRegistry

    func place(for input: Input) -> Place? { .pool(input.pool) }

    func execute(_ input: Input) async throws -> Output {
        let driver = try await pools.driver(of: input.pool)
        let context = TaskContext.required
        if !input.hasOwnName {
            do {
                _ = try await driver.managing
                    .manage(input.object, as: input.volume, operation: context.operation)
            } catch {
                throw context.isRepetition ? error.leaving(driver.location(of: input.volume)) : error
            }
        }
        let presence = try await driver.look(at: input.volume)
        guard presence == .complete(input.actualSize) else {
            throw DriverError(
                .broken,
                "\(input.object.quoted) is not what it was before its adoption: \(presence.words)",
                cause: "it had \(input.actualSize.bytes) bytes",
                serviceRemedy: .showPool(input.pool)
            )
        }
        return Output(location: driver.location(of: input.volume))
    }

    /// Gives the object its name back, and looks whether the volume is gone: a driver that failed may have turned the object into
    /// the volume nevertheless, or have done so in part.
    func revert(_ input: Input, after outcome: Outcome<Output>) async throws {
        guard !input.hasOwnName, outcome.driverError?.hadNoEffect != true else { return }
        let driver = try await pools.driver(of: input.pool)
        var failure: DriverError?
        do {
            try await driver.managing
                .unmanage(input.volume, as: input.object, operation: TaskContext.required.operation)
        } catch {
            failure = error
        }
        switch try await driver.look(at: input.volume) {
        // The object has been removed by somebody else.
        case .absent where failure?.code == .notFound: return
        case .absent:
            if let failure { throw failure }
        case .partial, .complete:
            let location = driver.location(of: input.volume)
            throw failure?.leaving(location)
                ?? DriverError(
                    .broken,
                    "the driver reported that \(input.object.quoted) has its name back, but it is still '\(location)'",
                    serviceRemedy: .showPool(input.pool),
                    leftBehind: location
                )
        }
    }
}
