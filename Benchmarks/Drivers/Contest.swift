import Identity
import VolumeDriver

/// One of several ways to do the same thing.
struct Contestant {
    /// The objects of a round; each round has new names.
    struct Round {
        let volume = VolumeID.random()
        let snapshot = SnapshotID.random()
    }

    typealias Part = (Round) async throws -> Void

    /// The part that isn't measured.
    var prepare: Part = { _ in }
    let act: Part
    let undo: Part
}

/// The times of a contestant, round by round.
struct Times {
    private(set) var seconds: [Double] = []
    /// The programs that a round started, in each order that occurred.
    private(set) var programs: [[String]] = []

    mutating func add(_ duration: Double, _ programs: [String]) {
        seconds.append(duration)
        if !self.programs.contains(programs) { self.programs.append(programs) }
    }

    var median: Double { Quartiles(seconds).median }

    /// The times divided by those of `other` in the same rounds.
    func ratio(to other: Times) -> Quartiles { Quartiles(zip(seconds, other.seconds).map { $0 / $1 }) }
}

/// The median and the quartiles of some figures.
struct Quartiles {
    let lower: Double
    let median: Double
    let upper: Double

    init(_ values: [Double]) {
        let sorted = values.sorted()
        let last = sorted.count - 1
        (lower, median, upper) = (sorted[last / 4], sorted[last / 2], sorted[last - last / 4])
    }
}

/// Runs contestants in turns, so that other load on the machine affects all of them alike.
struct Contest {
    let rounds: Int
    let programs: CountingPrograms

    /// Returns the times of each contestant to act and to undo that, after a round that is not counted.
    func run(_ contestants: [Contestant]) async throws -> [(act: Times, undo: Times)] {
        var results = contestants.map { _ in (act: Times(), undo: Times()) }
        for number in 0...rounds {
            // The first contestant of a round is the last one of the next.
            let order = contestants.indices.map { ($0 + number) % contestants.count }
            let round = contestants.map { _ in Contestant.Round() }
            for index in order {
                try await contestants[index].prepare(round[index])
                let (duration, names) = try await measure { try await contestants[index].act(round[index]) }
                if number > 0 { results[index].act.add(duration, names) }
            }
            for index in order {
                let (duration, names) = try await measure { try await contestants[index].undo(round[index]) }
                if number > 0 { results[index].undo.add(duration, names) }
            }
        }
        return results
    }

    private func measure(_ body: () async throws -> Void) async throws -> (Double, [String]) {
        _ = programs.take()
        let duration = try await ContinuousClock().measure(body)
        return (duration.seconds, programs.take())
    }
}
