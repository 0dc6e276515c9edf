internal import Identity
internal import RuleKit
internal import VolumeDriver

/// Rules for extending volumes.
let extendRules: [Rule] = [
    Rule("extend-exact-size", "an extended volume has exactly the new size", of: .extend) { bench in
        let volume = try await bench.created(bench.unit)
        for factor: Int64 in [2, 5] {
            let size = bench.unit.times(factor)
            try await bench.driver.extending.extend(volume, to: size, operation: .random())
            try await bench.expect(volume, is: .complete(size), "after extend to \(size.bytes) bytes")
        }
    },
    Rule("extend-keeps-data", "an extended volume keeps its content, followed by zeros", of: .extend) { bench in
        let spoiled = try await bench.created()
        if !bench.driver.features.isDisjoint(with: [.attach, .image]) {
            try await bench.write(9, to: spoiled, count: Int(bench.size.bytes))
        }
        let volume = try await bench.created(bench.unit)
        try await bench.write(1, to: volume, count: Int(bench.unit.bytes))
        // Frees blocks with other data for reuse.
        try await bench.driver.delete(spoiled, operation: .random())
        let size = bench.unit.times(4)
        try await bench.driver.extending.extend(volume, to: size, operation: .random())
        try await bench.expect(1, in: volume, count: Int(bench.unit.bytes), "after extend")
        try await bench.expectZeros(in: volume, from: bench.unit, to: size, "after extend")
    },
    Rule("extend-twice", "extending a volume to its current size succeeds", of: .extend) { bench in
        let volume = try await bench.created()
        let size = bench.size.plus(bench.unit)
        for _ in 1...2 { try await bench.driver.extending.extend(volume, to: size, operation: .random()) }
        try await bench.another().extending.extend(volume, to: size, operation: .random())
        try await bench.expect(volume, is: .complete(size), "after three calls of extend")
    },
    Rule("extend-at-once", "two concurrent extends of one volume do not damage it", of: .extend) { bench in
        let volume = try await bench.created()
        let size = bench.size.plus(bench.unit)
        try await bench.twiceAtOnce("extend") { driver throws(DriverError) in
            try await driver.extending.extend(volume, to: size, operation: .random())
        }
        try await bench.expect(volume, is: .complete(size), "after two calls of extend at once")
    },
    Rule("extend-never-shrinks", "extending a volume to a smaller size is refused and changes nothing", of: .extend) {
        bench in
        let volume = try await bench.created()
        try await bench.expect([.refused], from: "extend to a smaller size") { () throws(DriverError) in
            try await bench.driver.extending.extend(volume, to: bench.unit, operation: .random())
        }
        try await bench.expect(volume, is: .complete(bench.size), "after extend to a smaller size")
    },
    Rule("extend-bad-size", "extending to a fraction of an allocation unit is refused", of: .extend) { bench in
        let granule = bench.driver.capabilities.granule
        guard granule.bytes > 1 else { throw Skip("every size is a multiple of one byte") }
        let volume = try await bench.created()
        let odd = bench.size.plus(ByteCount(bytes: 1) ?? .zero)
        try await bench.expect([.refused], from: "extend to \(odd.bytes) bytes") { () throws(DriverError) in
            try await bench.driver.extending.extend(volume, to: odd, operation: .random())
        }
        try await bench.expect(volume, is: .complete(bench.size), "after extend to \(odd.bytes) bytes")
    },
    Rule("extend-absent", "extending a volume that does not exist fails with 'not-found'", of: .extend) {
        bench in
        let volume = bench.volume()
        try await bench.expect([.notFound], from: "extend of an absent volume") { () throws(DriverError) in
            try await bench.driver.extending.extend(volume, to: bench.size, operation: .random())
        }
        try await bench.expect(volume, is: .absent, "after extend of an absent volume")
    },
    Rule("extend-no-room", "extending to 1 EiB succeeds or leaves the volume unchanged", of: .extend) { bench in
        let volume = try await bench.created()
        let size = ByteCount(gibibytes: 1 << 30) ?? .zero
        do throws(DriverError) {
            try await bench.driver.extending.extend(volume, to: size, operation: .random())
        } catch {
            try bench.expect(
                [.retryableElsewhere, .refused].contains(error.code),
                "extend to 1 EiB fails with '\(error.code)', not 'retryable-elsewhere': \(error)"
            )
            return try await bench.expect(volume, is: .complete(bench.size), "after extend to 1 EiB has failed")
        }
        try await bench.expect(volume, is: .complete(size), "after extend to 1 EiB")
    },
    Rule(
        "extend-cancelled",
        "an extend that is cut short leaves the old or the new size and can be repeated",
        of: .extend
    ) {
        bench in
        let volume = try await bench.created(bench.unit)
        let driver = bench.driver
        for factor: Int64 in 2...3 {
            let (old, size) = (bench.unit.times(factor - 1), bench.unit.times(factor))
            try await bench.cancelling { () throws(DriverError) in
                try await driver.extending.extend(volume, to: size, operation: .random())
            } after: { hasSucceeded in
                let presence = try await driver.inspect(volume)
                let isEither = presence == .complete(size) || presence == .complete(old) && !hasSucceeded
                try bench.expect(isEither, "an extension that was cut short leaves the volume \(presence.words)")
            }
            try await driver.extending.extend(volume, to: size, operation: .random())
            try await bench.expect(volume, is: .complete(size), "after an extension that was cut short, repeated")
        }
    },
]
