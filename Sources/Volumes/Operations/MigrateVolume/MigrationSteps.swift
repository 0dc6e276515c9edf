internal import FileSystems
internal import Identity
internal import TaskFlow
internal import Threads
internal import VolumeAPI
internal import VolumeDriver

/// Creates an empty object for the volume in the target.
struct CreateOnTarget: RevertibleTask, PlacedTask {
    struct Input: Fields {
        @Field var volume: VolumeID
        @Field var pool: String
        @Field var actualSize: ByteCount
    }
    static let name = "create-on-target"
    let pools: PoolRegistry

    func place(for input: Input) -> Place? { .pool(input.pool) }

    func execute(_ input: Input) async throws -> Nothing {
        let driver = try await pools.driver(of: input.pool)
        let context = TaskContext.required
        do {
            try await driver.create(input.volume, size: input.actualSize, operation: context.operation)
        } catch {
            throw context.isRepetition ? error.leaving(driver.location(of: input.volume)) : error
        }
        try await driver.verifyCreation(of: input.volume, size: input.actualSize, in: input.pool)
        return Nothing()
    }

    /// Removes the object, which was not there before this flow.
    func revert(_ input: Input, after outcome: Outcome<Nothing>) async throws {
        let hadNoEffect = outcome.driverError?.hadNoEffect == true
        do {
            try await pools.driver(of: input.pool).removeObject(of: input.volume, from: input.pool)
        } catch let error as DriverError where hadNoEffect && error.leftBehind == nil {
            // Nothing was created, and no more can be found out.
            return
        }
    }
}

/// Copies the content by way of a staging file, reads it back from the target, and compares both.
struct CopyContent: RevertibleTask, PlacedTask {
    struct Input: Fields {
        @Field var volume: VolumeID
        @Field var source: String
        @Field var pool: String
    }
    static let name = "copy-content"
    let pools: PoolRegistry

    func place(for input: Input) -> Place? { .pools([input.source, input.pool]) }

    func execute(_ input: Input) async throws -> Nothing {
        let source = try await pools.driver(of: input.source).imaging
        let target = try await pools.driver(of: input.pool).imaging
        let (context, volume) = (TaskContext.required, input.volume)
        let staging = StagingDirectory(named: "\(context.flow)")
        try staging.make()
        let content = VolumeImage(path: staging.path + "/content", format: .raw)
        let copy = VolumeImage(path: staging.path + "/copy", format: .raw)
        func options(_ part: Int64) -> TransferOptions {
            TransferOptions { context.report($0.asPart(part, of: 3)) }
        }
        let difference: ByteCount?
        do {
            try await source.readImage(of: volume, to: content, options: options(0), operation: context.operation)
            try await target.writeImage(content, into: volume, options: options(1), operation: context.operation)
            try await target.readImage(of: volume, to: copy, options: options(2), operation: context.operation)
            difference = try await BlockingExecutor.shared.run { () throws(DriverError) in
                try FileComparison.difference(content.path, copy.path)
            }
        } catch {
            try? staging.remove()
            throw error
        }
        try staging.remove()
        guard let difference else { return Nothing() }
        throw DriverError(
            .broken,
            "the copy in pool \(input.pool.quoted) differs from the volume",
            cause: "the first difference is in the MiB after byte \(difference.bytes)",
            serviceRemedy: .showPool(input.pool)
        )
    }

    /// Removes the staging files of an attempt that was killed.
    func revert(_ input: Input, after outcome: Outcome<Nothing>) async throws {
        try StagingDirectory(named: "\(TaskContext.required.flow)").remove()
    }
}

/// Removes the old object, and looks whether it is gone.
struct RemoveFromSource: RevertibleTask, PlacedTask {
    struct Input: Fields {
        @Field var volume: VolumeID
        @Field var source: String
        @Field var actualSize: ByteCount
    }
    static let name = "remove-from-source"
    let pools: PoolRegistry

    func place(for input: Input) -> Place? { .pool(input.source) }

    func execute(_ input: Input) async throws -> Nothing {
        try await pools.driver(of: input.source).removeObject(of: input.volume, from: input.source)
        return Nothing()
    }

    /// Succeeds only if the old object is untouched, so that the volume can go back to it.
    func revert(_ input: Input, after outcome: Outcome<Nothing>) async throws {
        let driver = try await pools.driver(of: input.source)
        let presence = try await driver.look(at: input.volume)
        guard presence != .complete(input.actualSize) else { return }
        throw DriverError(
            .broken,
            "the volume is in its new pool, and its old object in pool \(input.source.quoted) has been removed in part: "
                + presence.words,
            leftBehind: presence == .absent ? nil : driver.location(of: input.volume)
        )
    }
}

extension VolumeDriver {
    /// Removes an object, and looks whether it is gone.
    ///
    /// - Throws: ``DriverError``, with the object as left behind if it is still there.
    func removeObject(of volume: VolumeID, from pool: String) async throws {
        do {
            try await removeAndLook(volume, in: pool, operation: TaskContext.current?.operation ?? .random())
        } catch let error as BlindLook {
            throw error.removal ?? error.reason
        } catch let error as DriverError {
            throw error.leaving(location(of: volume))
        }
    }
}

extension TransferProgress {
    /// The progress of a whole that consists of transfers of the same size, of which the first `part` have ended.
    fileprivate func asPart(_ part: Int64, of count: Int64) -> TransferProgress {
        let (sum, overflow) = total.bytes.multipliedReportingOverflow(by: count)
        guard !overflow, let whole = ByteCount(bytes: sum),
            let done = ByteCount(bytes: total.bytes * part + min(completed.bytes, total.bytes))
        else { return self }
        return TransferProgress(completed: done, total: whole)
    }
}
