internal import Identity
internal import RuleKit
internal import VolumeDriver

/// Rules for creating volumes.
let createRules: [Rule] = [
    Rule("create-exact-size", "a volume has exactly the requested size") { bench in
        for size in [bench.unit, bench.size, bench.size.plus(bench.driver.capabilities.granule)] {
            let volume = try await bench.created(size)
            try await bench.expect(volume, is: .complete(size), "after create of \(size.bytes) bytes")
        }
    },
    Rule("create-twice", "creating an existing volume succeeds and keeps its content") { bench in
        let volume = try await bench.created()
        try await bench.driver.create(volume, size: bench.size, operation: .random())
        try await bench.expect(volume, is: .complete(bench.size), "after a second create")
        try await bench.write(1, to: volume)
        try await bench.another().create(volume, size: bench.size, operation: .random())
        try await bench.expect(1, in: volume, "after a third create")
    },
    Rule("create-at-once", "two concurrent creates of one volume do not damage it") { bench in
        for _ in 1...5 {
            let volume = bench.volume()
            let size = bench.size
            try await bench.twiceAtOnce("create") { driver throws(DriverError) in
                try await driver.create(volume, size: size, operation: .random())
            }
            try await bench.expect(volume, is: .complete(size), "after two calls of create at once")
        }
    },
    Rule("create-many-at-once", "concurrent creates and deletes of different volumes do not interfere") { bench in
        let volumes = (1...8).map { _ in bench.volume() }
        let (driver, size) = (bench.driver, bench.unit)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for volume in volumes {
                group.addTask { try await driver.create(volume, size: size, operation: .random()) }
            }
            try await group.waitForAll()
            for volume in volumes.prefix(4) {
                group.addTask { try await driver.delete(volume, operation: .random()) }
            }
            try await group.waitForAll()
        }
        for (number, volume) in volumes.enumerated() {
            try await bench.expect(volume, is: number < 4 ? .absent : .complete(size), "after calls for eight volumes")
        }
    },
    Rule("create-other-size", "creating an existing volume with another size is refused and changes nothing") {
        bench in
        let volume = try await bench.created()
        for size in [bench.unit, bench.size.plus(bench.unit)] {
            try await bench.expect([.refused], from: "create with another size") { () throws(DriverError) in
                try await bench.driver.create(volume, size: size, operation: .random())
            }
            try await bench.expect(volume, is: .complete(bench.size), "after create with another size")
        }
    },
    Rule("create-bad-size", "a size of zero, or not in whole allocation units, is refused and leaves nothing") {
        bench in
        let granule = bench.driver.capabilities.granule
        let odd = ByteCount(bytes: granule.bytes + 1)
        for size in [.zero, granule.bytes > 1 ? odd : nil].compactMap(\.self) {
            let volume = bench.volume()
            try await bench.expect([.refused], from: "create of \(size.bytes) bytes") { () throws(DriverError) in
                try await bench.driver.create(volume, size: size, operation: .random())
            }
            try await bench.expect(volume, is: .absent, "after create of \(size.bytes) bytes")
        }
    },
    Rule("create-no-room", "a create of 1 EiB succeeds, or leaves nothing and may succeed elsewhere") { bench in
        let volume = bench.volume()
        let size = ByteCount(gibibytes: 1 << 30) ?? .zero
        do throws(DriverError) {
            try await bench.driver.create(volume, size: size, operation: .random())
        } catch {
            try bench.expect(
                [.retryableElsewhere, .refused].contains(error.code),
                "create of 1 EiB fails with '\(error.code)', not 'retryable-elsewhere': \(error)"
            )
            try await bench.expect(volume, is: .absent, "after create of 1 EiB has failed")
            return
        }
        try await bench.expect(volume, is: .complete(size), "after create of 1 EiB")
    },
    Rule(
        "create-full-pool",
        "a create in a full pool fails and leaves nothing, and succeeds after a delete"
    ) {
        bench in try await fillPool(bench)
    },
    Rule("create-cancelled", "the next create completes one that was cut short, or a delete undoes it") { bench in
        let (driver, size) = (bench.driver, bench.size)
        for isRepeated in [true, false] {
            let volume = bench.volume()
            try await bench.cancelling { () throws(DriverError) in
                try await driver.create(volume, size: size, operation: .random())
            } after: { hasSucceeded in
                let presence = try await driver.inspect(volume)
                if hasSucceeded {
                    try bench.expect(presence == .complete(size), "a create that succeeded left it \(presence.words)")
                }
                if isRepeated {
                    try await driver.create(volume, size: size, operation: .random())
                    try await bench.expect(volume, is: .complete(size), "after a create that was cut short, repeated")
                }
                try await driver.delete(volume, operation: .random())
                try await bench.expect(volume, is: .absent, "after the delete of a volume whose create was cut short")
            }
        }
    },
]

/// Fills a pool with volumes of a third of its free space.
private func fillPool(_ bench: Bench) async throws {
    guard !bench.driver.capabilities.isThin else { throw Skip("a thin pool can be provisioned beyond its size") }
    let capacity = try await bench.driver.capacity()
    guard capacity.total.bytes <= 4 * ByteCount.bytesPerGibibyte else {
        throw Skip("the pool has \(capacity.total), and only up to 4 GiB are filled for a test")
    }
    let third = capacity.free.bytes / 3 / bench.unit.bytes * bench.unit.bytes
    guard let size = ByteCount(bytes: third), size > .zero else {
        throw Skip("the pool has only \(capacity.free) free")
    }
    var volumes: [VolumeID] = []
    for _ in 1...5 {
        let volume = bench.volume()
        do throws(DriverError) {
            try await bench.driver.create(volume, size: size, operation: .random())
            volumes.append(volume)
        } catch {
            try bench.expect(
                error.code == .retryableElsewhere,
                "create in a full pool fails with '\(error.code)', not 'retryable-elsewhere': \(error)"
            )
            try await bench.expect(volume, is: .absent, "after create in a full pool")
            for volume in volumes { try await bench.expect(volume, is: .complete(size), "after the pool was full") }
            guard let last = volumes.last else { throw Breach("no volume fits into a third of what is free") }
            try await bench.driver.delete(last, operation: .random())
            try await bench.driver.create(volume, size: size, operation: .random())
            return
        }
    }
    throw Breach("five volumes fit, each a third of the free space: the driver is thin and does not report it")
}
