internal import Identity
internal import VolumeDriver

/// Rules for callers that repeat failed calls.
let faultRules: [Rule] = [
    Rule("fault-repeat-until-success", "calls that are repeated after any fault have their effect") { bench in
        for seed: UInt64 in 1...4 {
            let faulty = FaultDriver(bench.driver, plan: SeededFaults(seed: seed, rate: 0.5).plan)
            try await live(bench, faulty, repeating: FaultRepeater(driver: faulty))
        }
    },
    Rule("fault-repeat-at-every-call", "every call can be repeated after it failed with its effect") { bench in
        let faulty = FaultDriver(bench.driver, plan: FirstOfEachFails().plan)
        try await live(bench, faulty, repeating: FaultRepeater(driver: faulty))
    },
]

/// The life of a volume, from create to delete, with the features of the driver.
private func live(_ bench: Bench, _ driver: FaultDriver, repeating again: FaultRepeater) async throws {
    let (volume, size) = (bench.volume(), bench.size)
    try await again { () throws(DriverError) in try await driver.create(volume, size: size, operation: .random()) }
    try await bench.expect(volume, is: .complete(size), "after create, repeated until it succeeded")
    var current = size
    if let driver = try? driver.extending {
        current = size.plus(bench.unit)
        let size = current
        try await again { () throws(DriverError) in try await driver.extend(volume, to: size, operation: .random()) }
        try await bench.expect(volume, is: .complete(size), "after extend, repeated until it succeeded")
    }
    let full = current
    if let driver = try? driver.snapshotting {
        let (snapshot, copy) = (bench.snapshot(of: volume), bench.volume())
        try await again { () throws(DriverError) in
            try await driver.createSnapshot(snapshot, of: volume, operation: .random())
        }
        try await bench.expect(snapshot, of: volume, is: .complete(full), "after createSnapshot, repeated")
        try await again { () throws(DriverError) in
            try await driver.create(copy, size: full, from: snapshot, of: volume, operation: .random())
        }
        try await bench.expect(copy, is: .complete(full), "after create from a snapshot, repeated")
        if let driver = try? driver.reverting {
            try await again { () throws(DriverError) in
                try await driver.revert(volume, to: snapshot, operation: .random())
            }
            try await bench.expect(volume, is: .complete(full), "after revert, repeated")
        }
        try await again { () throws(DriverError) in
            try await driver.deleteSnapshot(snapshot, of: volume, operation: .random())
        }
        try await bench.expect(snapshot, of: volume, is: .absent, "after deleteSnapshot, repeated")
    }
    if let driver = try? driver.cloning {
        let copy = bench.volume()
        try await again { () throws(DriverError) in
            try await driver.clone(volume, as: copy, size: full, operation: .random())
        }
        try await bench.expect(copy, is: .complete(full), "after clone, repeated")
    }
    if let driver = try? driver.attaching {
        try await again { () throws(DriverError) in _ = try await driver.attach(volume, operation: .random()) }
        try await again { () throws(DriverError) in try await driver.detach(volume, operation: .random()) }
        let left = try await bench.driver.attaching.attachment(of: volume)
        try bench.expect(left == nil, "after attach and detach, repeated, it is still attached")
    }
    if let driver = try? driver.managing {
        let name = bench.objectName()
        try await again { () throws(DriverError) in try await driver.unmanage(volume, as: name, operation: .random()) }
        try await again { () throws(DriverError) in _ = try await driver.manage(name, as: volume, operation: .random())
        }
        try await bench.expect(volume, is: .complete(full), "after unmanage and manage, repeated")
    }
    try await again { () throws(DriverError) in try await driver.delete(volume, operation: .random()) }
    try await bench.expect(volume, is: .absent, "after delete, repeated until it succeeded")
}

/// Repeats a call until it succeeds, and waits for the delayed effects of the failed ones.
private struct FaultRepeater {
    let driver: FaultDriver

    func callAsFunction(_ call: () async throws(DriverError) -> Void) async throws {
        for attempt in 1...100 {
            do throws(DriverError) {
                try await call()
                return await driver.settle()
            } catch {
                guard error.mayRetry, attempt < 100 else { throw error }
            }
        }
    }
}

/// Lets the first of each call fail after its effect.
private final class FirstOfEachFails: Sendable {
    private let seen = SeenCalls()

    var plan: FaultPlan {
        { [seen] call in !call.isRead && seen.isNew(call) ? .errorAfterEffect(.timedOut) : nil }
    }
}
