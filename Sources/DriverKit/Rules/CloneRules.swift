internal import Identity
internal import VolumeDriver

/// Rules for cloning volumes.
let cloneRules: [Rule] = [
    Rule("clone-exact", "a clone has the requested size, its source's content, and zeros after that", of: .clone) {
        bench in
        let volume = try await bench.created()
        try await bench.write(1, to: volume)
        for size in [bench.size, bench.size.plus(bench.unit)] {
            let copy = try await bench.cloned(volume, size)
            try await bench.expect(copy, is: .complete(size), "after clone")
            try await bench.expect(1, in: copy, "after clone")
            try await bench.expectZeros(in: copy, from: bench.unit, to: size, "after clone")
        }
    },
    Rule("clone-twice", "cloning again succeeds and keeps the clone's content", of: .clone) { bench in
        let volume = try await bench.created()
        let copy = try await bench.cloned(volume)
        try await bench.write(2, to: copy)
        try await bench.driver.cloning.clone(volume, as: copy, size: bench.size, operation: .random())
        try await bench.another().cloning.clone(volume, as: copy, size: bench.size, operation: .random())
        try await bench.expect(2, in: copy, "after three clones")
    },
    Rule("clone-at-once", "two concurrent calls for one clone do not damage it", of: .clone) { bench in
        let volume = try await bench.created()
        try await bench.write(1, to: volume)
        for _ in 1...3 {
            let (copy, size) = (bench.volume(), bench.size)
            try await bench.twiceAtOnce("clone") { driver throws(DriverError) in
                try await driver.cloning.clone(volume, as: copy, size: size, operation: .random())
            }
            try await bench.expect(copy, is: .complete(size), "after two calls of clone at once")
            try await bench.expect(1, in: copy, "after two calls of clone at once")
        }
    },
    Rule("clone-independent", "source and clone can be changed and deleted independently", of: .clone) { bench in
        let volume = try await bench.created()
        try await bench.write(1, to: volume)
        let (first, second) = (try await bench.cloned(volume), try await bench.cloned(volume))
        try await bench.write(2, to: volume)
        try await bench.write(3, to: first)
        try await bench.expect(1, in: second, "after writing to its source and to another clone")
        try await bench.expect(2, in: volume, "after writing to its clone")
        try await bench.driver.delete(first, operation: .random())
        try await bench.driver.delete(volume, operation: .random())
        try await bench.expect(volume, is: .absent, "after the delete of a volume with a clone")
        try await bench.expect(1, in: second, "after its source was deleted")
    },
    Rule("clone-leaves-no-helper", "a clone adds one volume to the list and nothing else", of: .clone) { bench in
        let volume = try await bench.created()
        let (volumes, snapshots) = (try await bench.driver.list(), try await bench.snapshots())
        let copy = try await bench.cloned(volume)
        let added = Set(try await bench.driver.list().map(\.id)).subtracting(volumes.map(\.id))
        try bench.expect(added == [copy], "a clone adds \(added.count) volumes to the list")
        let later = try await bench.snapshots()
        try bench.expect(later.isSubset(of: snapshots), "a clone adds a snapshot to the list")
    },
    Rule("clone-wrong", "cloning a volume that does not exist or is larger fails", of: .clone) { bench in
        let (copy, absent) = (bench.volume(), bench.volume())
        try await bench.expect([.notFound], from: "clone of an absent volume") { () throws(DriverError) in
            try await bench.driver.cloning.clone(absent, as: copy, size: bench.size, operation: .random())
        }
        let volume = try await bench.created()
        try await bench.expect([.refused], from: "clone smaller than its source") { () throws(DriverError) in
            try await bench.driver.cloning.clone(volume, as: copy, size: bench.unit, operation: .random())
        }
        try await bench.expect(copy, is: .absent, "after clones that failed")
    },
    Rule("clone-cancelled", "the next call completes a clone that was cut short", of: .clone) { bench in
        let volume = try await bench.created()
        try await bench.write(1, to: volume, count: Int(bench.size.bytes))
        let driver = try bench.driver.cloning
        let (copy, size) = (bench.volume(), bench.size)
        try await bench.cancelling { () throws(DriverError) in
            try await driver.clone(volume, as: copy, size: size, operation: .random())
        } after: { _ in
            try await driver.clone(volume, as: copy, size: size, operation: .random())
            try await bench.expect(1, in: copy, count: Int(size.bytes), "after a clone that was cut short, repeated")
            try await driver.delete(copy, operation: .random())
        }
        try await driver.delete(volume, operation: .random())
        try await bench.expect(volume, is: .absent, "after the delete of a volume whose clones were cut short")
    },
]
