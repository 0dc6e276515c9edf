internal import Glibc
internal import Identity
internal import RuleKit
public import VolumeDriver

/// Carries out random operations on a pool, and may be killed at any moment.
///
/// Its journal records the operations that it began and those that were acknowledged. The next worker with the same
/// journal first finishes or undoes an interrupted operation, as a service would. Workers with different journals share
/// a pool independently.
public struct SoakWorker: Sendable {
    private let driver: any VolumeDriver
    private let path: String
    private let content: any ContentAccess
    private let most: Int

    /// - Parameters:
    ///   - driver: the driver of the pool.
    ///   - journal: the path of the journal, which is created if it does not exist.
    ///   - scratchDirectory: an existing directory for temporary files.
    ///   - most: the maximum number of volumes.
    public init(_ driver: any VolumeDriver, journal: String, scratchDirectory: String, most: Int = 6) {
        self.driver = driver
        path = journal
        content = OfferedContent(directory: scratchDirectory)
        self.most = most
    }

    /// Works until the process is killed or `duration` has passed.
    ///
    /// - Throws: an unexpected error of the driver; an error that says that a volume has lost data.
    public func run(for duration: Duration) async throws {
        var journal = try SoakJournal(path)
        var generator = SystemRandomNumberGenerator()
        try await settle(&journal, isUndoing: Bool.random(using: &generator))
        let end = ContinuousClock.now + duration
        while ContinuousClock.now < end {
            let operation = next(journal.state, &generator)
            if case .delete(let volume) = operation, let difference = try await differenceInContent(volume, journal) {
                throw Breach(difference)
            }
            try journal.begin(operation)
            do {
                try await operation.perform(on: driver, content)
            } catch let error as DriverError where error.code == .retryableElsewhere || error.mayRetry {
                // A call may fail because the pool is full, and for no other reason.
                try await settle(&journal, isUndoing: true)
                continue
            }
            try journal.end(operation)
        }
    }

    /// Finishes the interrupted operation of the last worker with this journal, and compares the pool with the journal.
    ///
    /// - Returns: a sentence for each difference.
    public func verify() async throws -> [String] {
        var journal = try SoakJournal(path)
        try await settle(&journal, isUndoing: false)
        var differences: [String] = []
        let listed = try await driver.list()
        for (volume, object) in journal.state.volumes {
            let wanted = VolumePresence.complete(ByteCount(bytes: object.size) ?? .zero)
            let found = try await driver.inspect(volume)
            if found != wanted {
                differences.append("volume \(volume) is \(found.words), not \(wanted.words)")
            } else if let difference = try await differenceInContent(volume, journal) {
                differences.append(difference)
            }
            let entries = listed.filter { $0.id == volume }.map(\.presence)
            if entries != [wanted] { differences.append("the list has volume \(volume) as \(entries.map(\.words))") }
        }
        for volume in journal.seen where journal.state.volumes[volume] == nil {
            let found = try await driver.inspect(volume)
            if found != .absent { differences.append("volume \(volume) was deleted, and is \(found.words)") }
        }
        guard let driver = try? driver.snapshotting else { return differences }
        let snapshots = try await driver.listSnapshots()
        for (snapshot, wanted) in journal.state.snapshots {
            let entries = snapshots.filter { $0.id == snapshot }
            let isRight =
                entries.count == 1 && entries[0].volume == wanted.volume
                && entries[0].presence == .complete(ByteCount(bytes: wanted.object.size) ?? .zero)
            if !isRight { differences.append("the list has snapshot \(snapshot) as \(entries.map(\.presence.words))") }
        }
        return differences
    }

    /// Removes everything that the journal records, including the interrupted operation.
    ///
    /// - Returns: the total number of acknowledged calls.
    public func cleanUp() async throws -> Int {
        var journal = try SoakJournal(path)
        try await settle(&journal, isUndoing: true)
        for (snapshot, wanted) in journal.state.snapshots {
            try await SoakOperation.unsnapshot(snapshot, wanted.volume).perform(on: driver, content)
        }
        for volume in journal.state.volumes.keys {
            // A worker that was killed while it compared content has left the volume attached.
            if let driver = try? driver.attaching { try await driver.detach(volume, operation: .random()) }
            try await SoakOperation.delete(volume).perform(on: driver, content)
        }
        return journal.acknowledged
    }

    /// Returns a sentence if the volume's content differs from what was written to it.
    private func differenceInContent(_ volume: VolumeID, _ journal: borrowing SoakJournal) async throws -> String? {
        guard canReadAndWrite, let wanted = journal.state.volumes[volume] else { return nil }
        let found = try await content.read(Int(wanted.size), at: 0, of: volume, of: driver)
        if let driver = try? driver.attaching { try await driver.detach(volume, operation: .random()) }
        var bytes = wanted.seed.map { Pattern.bytes($0, Pattern.usualCount) } ?? []
        bytes += Array(repeating: 0, count: Int(wanted.size) - bytes.count)
        if found == bytes { return nil }
        let place = zip(found, bytes).enumerated().first { $0.element.0 != $0.element.1 }?.offset ?? found.count
        return "volume \(volume) does not hold what was written to it: byte \(place) of \(bytes.count) differs"
    }

    private var canReadAndWrite: Bool { !driver.features.isDisjoint(with: [.attach, .image]) }

    // MARK: - Operations

    private func settle(_ journal: inout SoakJournal, isUndoing: Bool) async throws {
        guard let pending = journal.pending else { return }
        let operation = isUndoing ? pending.undoing ?? pending : pending
        var attempts = 100
        while let error = try await failure(of: operation) {
            if error.code == .retryableElsewhere {
                // A full pool stays full, and every creation can be undone.
                guard let undoing = operation.undoing else { return try journal.giveUp() }
                try await undoing.perform(on: driver, content)
                return try journal.end(undoing)
            }
            attempts -= 1
            guard error.mayRetry, attempts > 0 else { throw error }
            try await Task.sleep(for: .milliseconds(20))
        }
        try journal.end(operation)
    }

    private func failure(of operation: SoakOperation) async throws -> DriverError? {
        do {
            try await operation.perform(on: driver, content)
            return nil
        } catch let error as DriverError {
            return error
        }
    }

    private func next(_ state: SoakState, _ generator: inout SystemRandomNumberGenerator) -> SoakOperation {
        let features = driver.features
        let unit = (ByteCount(bytes: 1 << 20)?.roundedUp(to: driver.capabilities.granule) ?? .zero).bytes
        let size = unit * Int64.random(in: 1...4, using: &generator)
        guard let (volume, object) = state.volumes.randomElement(using: &generator) else {
            return .create(.random(), size)
        }
        if state.volumes.count >= most {
            if let (snapshot, wanted) = state.snapshots.randomElement(using: &generator) {
                return .unsnapshot(snapshot, wanted.volume)
            }
            return .delete(volume)
        }
        switch Int.random(in: 0..<9, using: &generator) {
        case 0 where !state.hasSnapshots(volume): return .delete(volume)
        case 1 where features.contains(.extend): return .extend(volume, object.size + unit)
        case 2 where features.contains(.snapshot): return .snapshot(.random(), volume)
        case 3 where features.contains(.snapshot):
            guard let (snapshot, wanted) = state.snapshots.randomElement(using: &generator) else { break }
            return .unsnapshot(snapshot, wanted.volume)
        case 4 where features.contains(.snapshot):
            guard let (snapshot, wanted) = state.snapshots.randomElement(using: &generator) else { break }
            return .restore(.random(), wanted.object.size + unit, snapshot, wanted.volume)
        case 5 where features.contains(.clone): return .clone(.random(), object.size, volume)
        case 6...7 where canReadAndWrite: return .write(volume, .random(in: 1...255, using: &generator))
        default: break
        }
        return .create(.random(), size)
    }
}
