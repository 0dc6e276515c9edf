internal import Identity
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// Creates the volume on the pool's driver, writes its image to it, and verifies that it exists.
struct CreateOnDriver: RevertibleTask, PlacedTask {
    struct Input: Fields {
        @Field var volume: VolumeID
        @Field var actualSize: ByteCount
        @Field var chosenPool: String
        @Field var isNewID: Bool?
        @Field var tried: [PoolAttempt]
        @Field var sourceSnapshot: SnapshotID?
        @Field var sourceVolume: VolumeID?
        @Field var sourceImage: SourceImage?
        @Field var isSourceInUse: Bool?
    }
    struct Output: Fields {
        /// The volume's location on its backend, such as a path.
        @Field var location: String
    }
    static let name = "create-on-driver"
    let pools: PoolRegistry

    func place(for input: Input) -> Place? { input.sourceImage?.place ?? .pool(input.chosenPool) }

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
            try input.sourceImage?.requireUnchanged()
            try await driver.create(input, operation: context.operation)
        } catch {
            throw context.isRepetition ? error.leaving(driver.location(of: input.volume)) : error
        }
        do {
            try await input.sourceImage?.write(to: input.volume, by: driver, context)
        } catch {
            // The volume has been created by now.
            throw error.leaving(driver.location(of: input.volume))
        }
        try await driver.verifyCreation(of: input.volume, size: input.actualSize, in: input.chosenPool)
        return Output(location: driver.location(of: input.volume))
    }

    /// Removes the volume and verifies that it is gone: a driver that failed or refused may have created it
    /// nevertheless, and one that reports success may not have removed it.
    ///
    /// A volume that has an id chosen by the caller and another size is left alone. The driver refused the create
    /// because of it, and it may belong to somebody else.
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
        do {
            try await driver.removeAndLook(
                input.volume,
                in: input.chosenPool,
                operation: TaskContext.required.operation
            )
        } catch let error as BlindLook {
            if failure?.hadNoEffect == true { return }
            throw error.reason
        } catch let error as DriverError {
            throw error.leaving(driver.location(of: input.volume))
        }
    }
}

extension VolumeDriver {
    /// Creates the volume, empty or as a copy of another one.
    fileprivate func create(_ input: CreateOnDriver.Input, operation: OperationID) async throws(DriverError) {
        switch (input.sourceSnapshot, input.sourceVolume) {
        case (let snapshot?, let source?):
            try await snapshotting
                .create(input.volume, size: input.actualSize, from: snapshot, of: source, operation: operation)
        case (nil, let source?):
            try await requireCopiesAtOnce(input.isSourceInUse)
            try await cloning.clone(source, as: input.volume, size: input.actualSize, operation: operation)
        case (_, nil):
            try await create(input.volume, size: input.actualSize, operation: operation)
        }
    }
}
