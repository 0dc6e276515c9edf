internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// Has the pool's driver make the volume, and looks whether it has.
struct CreateOnDriver: RevertibleTask {
    struct Input: Fields {
        @Field var volume: VolumeID
        @Field var actualSize: ByteCount
        @Field var chosenPool: String
        @Field var isNewID: Bool?
        @Field var tried: [PoolAttempt]
    }
    struct Output: Fields {
        /// Where a person finds it.
        @Field var location: String
    }
    static let name = "create-on-driver"
    let pools: PoolRegistry

    func execute(_ input: Input) async throws -> Output {
        do {
            return try await create(input)
        } catch let error as DriverError where error.mayRetryElsewhere || !input.tried.isEmpty {
            throw PoolAttempts(attempts: input.tried + [PoolAttempt(pool: input.chosenPool, error: error)])
        }
    }

    private func create(_ input: Input) async throws -> Output {
        let driver = try await pools.driver(of: input.chosenPool)
        let context = TaskContext.required
        do {
            try await driver.create(input.volume, size: input.actualSize, operation: context.operation)
        } catch {
            throw context.isRepetition ? error.leaving(driver.location(of: input.volume)) : error
        }
        let presence = try await driver.look(at: input.volume)
        guard presence == .complete(input.actualSize) else {
            throw DriverError(
                .broken,
                "the driver says that it has made volume '\(input.volume)', but \(presence.words)",
                cause: "asked for were \(input.actualSize.bytes) bytes",
                serviceRemedy: .showPool(input.chosenPool)
            )
        }
        return Output(location: driver.location(of: input.volume))
    }

    /// Removes whatever is there, and looks whether it is gone: a driver that failed, or refused, may have had its effect all
    /// the same, and one that says that it has removed the volume may not have.
    ///
    /// What stands under an id that the caller chose, and has another size, is left alone: a driver refuses a create because of
    /// it, and it may be somebody's.
    func revert(_ input: Input, after outcome: Outcome<Output>) async throws {
        let failure = outcome.driverError
        let driver: any VolumeDriver
        do {
            driver = try await pools.driver(of: input.chosenPool)
        } catch {
            if failure?.hadNoEffect == true { return }
            throw error
        }
        if failure?.code == .refused {
            switch try await driver.look(at: input.volume) {
            case .absent: return
            case .complete(let size) where size != input.actualSize && input.isNewID != true: return
            case .complete, .partial: break
            }
        }
        var removalFailure: DriverError?
        do {
            try await driver.delete(input.volume, operation: TaskContext.required.operation)
        } catch {
            removalFailure = error
        }
        let presence: VolumePresence
        do {
            presence = try await driver.look(at: input.volume)
        } catch {
            if let failure, failure.hadNoEffect { return }
            throw error
        }
        guard presence != .absent else { return }
        let location = driver.location(of: input.volume)
        throw removalFailure?.leaving(location)
            ?? DriverError(
                .broken,
                "the driver says that it has removed volume '\(input.volume)', but \(presence.words)",
                serviceRemedy: .showPool(input.chosenPool),
                leftBehind: location
            )
    }
}
