internal import Identity
internal import RuleKit
internal import VolumeDriver

/// How volumes grow.
let extendRules: [Rule] = [
    Rule("extend-exact-size", "an extended volume has exactly the new size", of: .extend) { bench in
        let volume = try await bench.created(bench.unit)
        for factor: Int64 in [2, 5] {
            let size = bench.unit.times(factor)
            try await bench.driver.extending.extend(volume, to: size, operation: .random())
            try await bench.expect(volume, is: .complete(size), "after extend to \(size.bytes) bytes")
        }
    },
    Rule("extend-keeps-data", "an extended volume holds what it held, and zeros after that", of: .extend) { bench in
        let spoiled = try await bench.created()
        if !bench.driver.features.isDisjoint(with: [.attach, .image]) {
            try await bench.write(9, to: spoiled, count: Int(bench.size.bytes))
        }
        let volume = try await bench.created(bench.unit)
        try await bench.write(1, to: volume, count: Int(bench.unit.bytes))
        // So that there are blocks to use again that held something.
        try await bench.driver.delete(spoiled, operation: .random())
        let size = bench.unit.times(4)
        try await bench.driver.extending.extend(volume, to: size, operation: .random())
        try await bench.expect(1, in: volume, count: Int(bench.unit.bytes), "after extend")
        try await bench.expectZeros(in: volume, from: bench.unit, to: size, "after extend")
    },
    Rule("extend-twice", "to extend a volume to the size that it has is success", of: .extend) { bench in
        let volume = try await bench.created()
        let size = bench.size.plus(bench.unit)
        for _ in 1...2 { try await bench.driver.extending.extend(volume, to: size, operation: .random()) }
        try await bench.another().extending.extend(volume, to: size, operation: .random())
        try await bench.expect(volume, is: .complete(size), "after three calls of extend")
    },
    Rule("extend-at-once", "of two who extend one volume at once neither spoils it", of: .extend) { bench in
        let volume = try await bench.created()
        let size = bench.size.plus(bench.unit)
        try await bench.twiceAtOnce("extend") { driver throws(DriverError) in
            try await driver.extending.extend(volume, to: size, operation: .random())
        }
        try await bench.expect(volume, is: .complete(size), "after two calls of extend at once")
    },
    Rule("extend-never-shrinks", "to extend a volume to less than it has is refused and changes nothing", of: .extend) {
        bench in
        let volume = try await bench.created()
        try await bench.expect([.refused], from: "extend to a smaller size") { () throws(DriverError) in
            try await bench.driver.extending.extend(volume, to: bench.unit, operation: .random())
        }
        try await bench.expect(volume, is: .complete(bench.size), "after extend to a smaller size")
    },
    Rule("extend-bad-size", "to extend to a size that is no multiple of the granule is refused", of: .extend) { bench in
        let granule = bench.driver.capabilities.granule
        guard granule.bytes > 1 else { throw Skip("every size is a multiple of one byte") }
        let volume = try await bench.created()
        let odd = bench.size.plus(ByteCount(bytes: 1) ?? .zero)
        try await bench.expect([.refused], from: "extend to \(odd.bytes) bytes") { () throws(DriverError) in
            try await bench.driver.extending.extend(volume, to: odd, operation: .random())
        }
        try await bench.expect(volume, is: .complete(bench.size), "after extend to \(odd.bytes) bytes")
    },
    Rule("extend-absent", "to extend a volume that isn't there fails with 'not-found' and makes none", of: .extend) {
        bench in
        let volume = bench.volume()
        try await bench.expect([.notFound], from: "extend of an absent volume") { () throws(DriverError) in
            try await bench.driver.extending.extend(volume, to: bench.size, operation: .random())
        }
        try await bench.expect(volume, is: .absent, "after extend of an absent volume")
    },
    Rule("extend-no-room", "an extension to 1 EiB either works, or leaves the volume as it was", of: .extend) { bench in
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
        "an extension that is cut short leaves the old or the new size, and can be repeated",
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
