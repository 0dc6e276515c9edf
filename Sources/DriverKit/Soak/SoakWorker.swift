internal import Glibc
internal import Identity
public import VolumeDriver

/// Does one random thing after the other to a pool, and may be killed at any moment.
///
/// Its journal has what it began and what was acknowledged. The next worker with that journal first finishes or undoes
/// what was begun, as a service would. Workers with journals of their own share a pool without knowing of each other.
public struct SoakWorker: Sendable {
    private let driver: any VolumeDriver
    private let path: String
    private let most: Int

    /// - Parameters:
    ///   - driver: whose pool it is.
    ///   - journal: the path of the journal, which is made if it isn't there.
    ///   - most: how many volumes there may be.
    public init(_ driver: any VolumeDriver, journal: String, most: Int = 6) {
        self.driver = driver
        path = journal
        self.most = most
    }

    /// Goes on until the process is killed, or `duration` is over.
    ///
    /// - Throws: what the driver throws and should not.
    public func run(for duration: Duration) async throws {
        var journal = try SoakJournal(path)
        var generator = SystemRandomNumberGenerator()
        try await settle(&journal, isUndoing: Bool.random(using: &generator))
        let end = ContinuousClock.now + duration
        while ContinuousClock.now < end {
            let operation = next(journal.state, &generator)
            try journal.begin(operation)
            do throws(DriverError) {
                try await operation.perform(on: driver)
            } catch {
                // A pool may be full; whatever else a call fails with, it should not.
                guard error.code == .retryableElsewhere || error.mayRetry else { throw error }
                try await settle(&journal, isUndoing: true)
                continue
            }
            try journal.end(operation)
        }
    }

    /// Finishes what the last worker with this journal had begun, and compares the pool with what was acknowledged.
    ///
    /// - Returns: a sentence for each difference.
    public func verify() async throws -> [String] {
        var journal = try SoakJournal(path)
        try await settle(&journal, isUndoing: false)
        var differences: [String] = []
        let listed = try await driver.list()
        for (volume, size) in journal.state.volumes {
            let wanted = VolumePresence.complete(ByteCount(bytes: size) ?? .zero)
            let found = try await driver.inspect(volume)
            if found != wanted { differences.append("volume \(volume) is \(found.words), not \(wanted.words)") }
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
                && entries[0].presence == .complete(ByteCount(bytes: wanted.size) ?? .zero)
            if !isRight { differences.append("the list has snapshot \(snapshot) as \(entries.map(\.presence.words))") }
        }
        return differences
    }

    /// Removes all that is there by the journal.
    ///
    /// - Returns: how many calls were acknowledged in all.
    public func cleanUp() async throws -> Int {
        let journal = try SoakJournal(path)
        for (snapshot, wanted) in journal.state.snapshots {
            try await SoakOperation.unsnapshot(snapshot, wanted.volume).perform(on: driver)
        }
        for volume in journal.state.volumes.keys { try await SoakOperation.delete(volume).perform(on: driver) }
        return journal.acknowledged
    }

    // MARK: - What to do

    private func settle(_ journal: inout SoakJournal, isUndoing: Bool) async throws {
        guard let pending = journal.pending else { return }
        let operation = isUndoing ? pending.undoing ?? pending : pending
        var attempts = 100
        while let error = await failure(of: operation) {
            if error.code == .retryableElsewhere {
                // What is full now stays so, and a making can always be undone.
                guard let undoing = operation.undoing else { return try journal.giveUp() }
                try await undoing.perform(on: driver)
                return try journal.end(undoing)
            }
            attempts -= 1
            guard error.mayRetry, attempts > 0 else { throw error }
            try await Task.sleep(for: .milliseconds(20))
        }
        try journal.end(operation)
    }

    private func failure(of operation: SoakOperation) async -> DriverError? {
        do throws(DriverError) {
            try await operation.perform(on: driver)
            return nil
        } catch {
            return error
        }
    }

    private func next(_ state: SoakState, _ generator: inout SystemRandomNumberGenerator) -> SoakOperation {
        let features = driver.features
        let unit = (ByteCount(bytes: 1 << 20)?.roundedUp(to: driver.capabilities.granule) ?? .zero).bytes
        let size = unit * Int64.random(in: 1...4, using: &generator)
        guard let (volume, old) = state.volumes.randomElement(using: &generator) else {
            return .create(.random(), size)
        }
        if state.volumes.count >= most {
            if let (snapshot, wanted) = state.snapshots.randomElement(using: &generator) {
                return .unsnapshot(snapshot, wanted.volume)
            }
            return .delete(volume)
        }
        switch Int.random(in: 0..<7, using: &generator) {
        case 0 where !state.hasSnapshots(volume): return .delete(volume)
        case 1 where features.contains(.extend): return .extend(volume, old + unit)
        case 2 where features.contains(.snapshot): return .snapshot(.random(), volume)
        case 3 where features.contains(.snapshot):
            guard let (snapshot, wanted) = state.snapshots.randomElement(using: &generator) else { break }
            return .unsnapshot(snapshot, wanted.volume)
        case 4 where features.contains(.snapshot):
            guard let (snapshot, wanted) = state.snapshots.randomElement(using: &generator) else { break }
            return .restore(.random(), wanted.size + unit, snapshot, wanted.volume)
        case 5 where features.contains(.clone): return .clone(.random(), old, volume)
        default: break
        }
        return .create(.random(), size)
    }
}
