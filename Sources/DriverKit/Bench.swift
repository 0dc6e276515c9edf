internal import Glibc
internal import Identity
internal import RuleKit
internal import Synchronization
internal import VolumeDriver

/// The tools of a rule: the driver, new ids, and expectations. It removes what the rule has created.
final class Bench: Sendable {
    let subject: DriverUnderTest
    let driver: any VolumeDriver
    /// The usual size of a volume: a few units.
    let size: ByteCount
    /// A multiple of the allocation unit, at least 1 MiB.
    let unit: ByteCount
    private let made = Mutex(Made())

    private struct Made {
        var volumes: [VolumeID] = []
        var snapshots: [(SnapshotID, VolumeID)] = []
        var objects: [String] = []
        var files: [String] = []
        var hasMark = false
    }

    init(_ subject: DriverUnderTest) async throws {
        self.subject = subject
        driver = try await subject.make()
        let granule = driver.capabilities.granule
        unit = ByteCount(bytes: 1 << 20)?.roundedUp(to: granule) ?? granule
        size = unit.times(4)
    }

    /// Another instance over the same pool.
    func another() async throws -> any VolumeDriver { try await subject.make() }

    // MARK: - Objects

    /// The id of a volume that does not exist.
    func volume() -> VolumeID {
        let id = VolumeID.random()
        made.withLock { $0.volumes.append(id) }
        return id
    }

    /// A new volume.
    func created(_ size: ByteCount? = nil) async throws -> VolumeID {
        let id = volume()
        try await driver.create(id, size: size ?? self.size, operation: .random())
        return id
    }

    /// The id of a snapshot that does not exist.
    func snapshot(of volume: VolumeID) -> SnapshotID {
        let id = SnapshotID.random()
        made.withLock { $0.snapshots.append((id, volume)) }
        return id
    }

    /// The name of a foreign object that does not exist.
    func objectName() -> String {
        let name = "driverkit-\(OperationID.random())"
        made.withLock { $0.objects.append(name) }
        return name
    }

    /// The path of a file that does not exist.
    func filePath(_ suffix: String) -> String {
        let path = "\(subject.scratchDirectory)/driverkit-\(OperationID.random()).\(suffix)"
        made.withLock { $0.files.append(path) }
        return path
    }

    /// The id in the pool's mark, which is created if there is none.
    func marked() async throws -> PoolID {
        try await willMark()
        return try await driver.marking.markPool(as: .random())
    }

    /// Notes whether the pool has no mark, and so has to be unmarked at the end.
    func willMark() async throws {
        if try await driver.marking.poolID() == nil { made.withLock { $0.hasMark = true } }
    }

    /// Removes the mark that the rule has made, if possible.
    func unmark() async throws {
        guard made.withLock({ $0.hasMark }) else { return }
        try await subject.unmark?()
        made.withLock { $0.hasMark = false }
    }

    /// Removes everything that the rule has created. Goes on after a failure, and throws it at the end.
    func cleanUp() async throws {
        let made = made.withLock { $0 }
        for file in made.files { unlink(file) }
        var failure: (any Error)?
        func attempt(_ body: () async throws -> Void) async {
            do { try await body() } catch { failure = failure ?? error }
        }
        let driver = try await another()
        if let managing = try? driver.managing {
            for name in made.objects {
                // Fails after most rules, which leave no such object.
                let id = volume()
                _ = try? await managing.manage(name, as: id, operation: .random())
            }
        }
        let volumes = self.made.withLock { $0.volumes }
        for id in volumes {
            if let exporting = try? driver.exporting {
                await attempt { try await exporting.unexport(id, operation: .random()) }
            }
            if let attaching = try? driver.attaching {
                await attempt { try await attaching.detach(id, operation: .random()) }
            }
        }
        if let snapshotting = try? driver.snapshotting {
            for (id, volume) in made.snapshots {
                await attempt { try await snapshotting.deleteSnapshot(id, of: volume, operation: .random()) }
            }
        }
        for id in volumes { await attempt { try await driver.delete(id, operation: .random()) } }
        await attempt { try await unmark() }
        if let failure { throw failure }
    }

    // MARK: - Expectations

    func expect(_ condition: Bool, _ otherwise: @autoclosure () -> String) throws {
        guard condition else { throw Breach(otherwise()) }
    }

    func expect(_ volume: VolumeID, is presence: VolumePresence, _ when: String) async throws {
        let found = try await driver.inspect(volume)
        try expect(found == presence, "\(when), inspect says \(found.words), not \(presence.words)")
    }

    func expect(_ snapshot: SnapshotID, of volume: VolumeID, is presence: VolumePresence, _ when: String) async throws {
        let found = try await driver.snapshotting.inspectSnapshot(snapshot, of: volume)
        try expect(found == presence, "\(when), inspectSnapshot says \(found.words), not \(presence.words)")
    }

    /// Expects the call to fail with one of the codes.
    func expect(
        _ codes: [DriverError.Code],
        from call: String,
        _ body: () async throws(DriverError) -> Void
    ) async throws {
        do throws(DriverError) {
            try await body()
        } catch {
            let wanted = codes.map(\.description).joined(separator: "' or '")
            try expect(codes.contains(error.code), "\(call) fails with '\(error.code)', not '\(wanted)': \(error)")
            return
        }
        throw Breach("\(call) succeeds")
    }

    /// Makes the call in two instances concurrently. Each has to succeed or to fail with a retryable error; one has to
    /// succeed.
    func twiceAtOnce(
        _ call: String,
        _ body: @escaping @Sendable (any VolumeDriver) async throws(DriverError) -> Void
    ) async throws {
        let (first, second) = (try await another(), try await another())
        async let left = Self.outcome { () async throws(DriverError) in try await body(first) }
        async let right = Self.outcome { () async throws(DriverError) in try await body(second) }
        let failures = await [left, right].compactMap(\.self)
        for failure in failures {
            try expect(failure.mayRetry, "one of two calls of \(call) at once fails: \(failure.code): \(failure)")
        }
        try expect(failures.count < 2, "both of two calls of \(call) at once fail: \(failures[0])")
    }

    /// Repeats the call, each time cancelling it a little later, until one is completed.
    ///
    /// - Parameter check: the expectations after each call.
    func cancelling(
        _ call: @escaping @Sendable () async throws(DriverError) -> Void,
        after check: (_ hasSucceeded: Bool) async throws -> Void
    ) async throws {
        for microseconds in [0, 20, 100, 500, 2000, 10_000, 50_000, 250_000] {
            let task = Task { await Self.outcome(call) }
            if microseconds > 0 { try await Task.sleep(for: .microseconds(microseconds)) }
            task.cancel()
            let failure = await task.value
            if let failure {
                try expect(
                    [.cancelled, .busy].contains(failure.code),
                    "a cancelled call fails with '\(failure.code)', not 'cancelled': \(failure)"
                )
            }
            try await check(failure == nil)
        }
    }

    private static func outcome(_ body: () async throws(DriverError) -> Void) async -> DriverError? {
        do throws(DriverError) {
            try await body()
            return nil
        } catch {
            return error
        }
    }
}

extension VolumePresence {
    var words: String {
        switch self {
        case .absent: "absent"
        case .partial: "partial"
        case .complete(let size): "complete with \(size.bytes) bytes"
        }
    }
}

extension ByteCount {
    /// Sizes in rules are small, so this does not overflow.
    func times(_ factor: Int64) -> ByteCount { ByteCount(bytes: bytes * factor) ?? self }
    func plus(_ other: ByteCount) -> ByteCount { adding(other) ?? self }
}
