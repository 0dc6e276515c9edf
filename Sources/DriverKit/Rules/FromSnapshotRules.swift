internal import Identity
internal import VolumeDriver

/// Rules for creating volumes from snapshots.
let fromSnapshotRules: [Rule] = [
    Rule(
        "from-snapshot-exact",
        "a volume from a snapshot has the requested size, and zeros beyond the snapshot",
        of: .snapshot
    ) {
        bench in
        let volume = try await bench.created()
        try await bench.write(1, to: volume)
        let snapshot = try await bench.createdSnapshot(of: volume)
        let larger = bench.size.plus(bench.unit)
        for size in [bench.size, larger] {
            let copy = try await bench.created(size, from: snapshot, of: volume)
            try await bench.expect(copy, is: .complete(size), "after create from a snapshot")
            try await bench.expect(1, in: copy, "in a volume from a snapshot")
            try await bench.expectZeros(in: copy, from: bench.unit, to: size, "in a volume from a snapshot")
        }
    },
    Rule(
        "from-snapshot-twice",
        "creating from a snapshot again succeeds and keeps the volume's content",
        of: .snapshot
    ) {
        bench in
        let volume = try await bench.created()
        let snapshot = try await bench.createdSnapshot(of: volume)
        let copy = try await bench.created(from: snapshot, of: volume)
        try await bench.write(2, to: copy)
        try await bench.driver.snapshotting.create(
            copy,
            size: bench.size,
            from: snapshot,
            of: volume,
            operation: .random()
        )
        try await bench.expect(2, in: copy, "after a second create from a snapshot")
    },
    Rule("from-snapshot-wrong", "creating from a snapshot that does not exist or is larger fails", of: .snapshot) {
        bench in
        let volume = try await bench.created()
        let driver = try bench.driver.snapshotting
        let copy = bench.volume()
        let absent = bench.snapshot(of: volume)
        try await bench.expect([.notFound], from: "create from an absent snapshot") { () throws(DriverError) in
            try await driver.create(copy, size: bench.size, from: absent, of: volume, operation: .random())
        }
        try await bench.expect(copy, is: .absent, "after create from an absent snapshot")
        let snapshot = try await bench.createdSnapshot(of: volume)
        try await bench.expect([.refused], from: "create of less than the snapshot") { () throws(DriverError) in
            try await driver.create(copy, size: bench.unit, from: snapshot, of: volume, operation: .random())
        }
        try await bench.expect(copy, is: .absent, "after create of less than the snapshot")
    },
    Rule(
        "from-snapshot-independent",
        "a snapshot and its volume can be deleted while a volume created from them stays",
        of: .snapshot
    ) {
        bench in
        let volume = try await bench.created()
        try await bench.write(1, to: volume)
        let snapshot = try await bench.createdSnapshot(of: volume)
        let copy = try await bench.created(from: snapshot, of: volume)
        try await bench.write(2, to: copy, at: bench.unit)
        try await bench.expectZeros(
            in: volume,
            from: bench.unit,
            to: bench.size,
            "after writing to a volume made of it"
        )
        try await bench.driver.snapshotting.deleteSnapshot(snapshot, of: volume, operation: .random())
        try await bench.driver.delete(volume, operation: .random())
        try await bench.expect(volume, is: .absent, "after snapshot and volume were deleted")
        try await bench.expect(copy, is: .complete(bench.size), "after what it was made of was deleted")
        try await bench.expect(1, in: copy, "after what it was made of was deleted")
        try await bench.expect(2, in: copy, at: bench.unit, "after what it was made of was deleted")
    },
    Rule(
        "from-snapshot-cancelled",
        "the next create from a snapshot completes one that was cut short",
        of: .snapshot
    ) {
        bench in
        let volume = try await bench.created()
        try await bench.write(1, to: volume, count: Int(bench.size.bytes))
        let snapshot = try await bench.createdSnapshot(of: volume)
        let driver = try bench.driver.snapshotting
        let (copy, size) = (bench.volume(), bench.size)
        try await bench.cancelling { () throws(DriverError) in
            try await driver.create(copy, size: size, from: snapshot, of: volume, operation: .random())
        } after: { _ in
            try await driver.create(copy, size: size, from: snapshot, of: volume, operation: .random())
            try await bench.expect(1, in: copy, count: Int(size.bytes), "after a create from a snapshot cut short")
            try await driver.delete(copy, operation: .random())
        }
    },
]

/// Rules for reverting volumes to snapshots.
let revertRules: [Rule] = [
    Rule("revert-restores", "a revert restores the content, and the snapshot stays", of: .revert) { bench in
        let volume = try await bench.created()
        try await bench.write(1, to: volume)
        let snapshot = try await bench.createdSnapshot(of: volume)
        for seed: UInt8 in 2...3 {
            try await bench.write(seed, to: volume)
            try await bench.write(seed, to: volume, at: bench.unit)
            try await bench.driver.reverting.revert(volume, to: snapshot, operation: .random())
            try await bench.expect(1, in: volume, "after revert")
            try await bench.expectZeros(in: volume, from: bench.unit, to: bench.size, "after revert")
            try await bench.expect(snapshot, of: volume, is: .complete(bench.size), "after revert to it")
            try await bench.expect(volume, is: .complete(bench.size), "after revert")
        }
    },
    Rule("revert-twice", "reverting a volume again succeeds", of: .revert) { bench in
        let volume = try await bench.created()
        try await bench.write(1, to: volume)
        let snapshot = try await bench.createdSnapshot(of: volume)
        for _ in 1...2 { try await bench.driver.reverting.revert(volume, to: snapshot, operation: .random()) }
        try await bench.another().reverting.revert(volume, to: snapshot, operation: .random())
        try await bench.expect(1, in: volume, "after three reverts")
    },
    Rule("revert-absent", "reverting without the snapshot or the volume fails with 'not-found'", of: .revert) { bench in
        let volume = try await bench.created()
        let nowhere = bench.volume()
        for (volume, snapshot) in [(volume, bench.snapshot(of: volume)), (nowhere, bench.snapshot(of: nowhere))] {
            try await bench.expect([.notFound], from: "revert to nothing") { () throws(DriverError) in
                try await bench.driver.reverting.revert(volume, to: snapshot, operation: .random())
            }
        }
        try await bench.expect(volume, is: .complete(bench.size), "after revert to nothing")
        try await bench.expect(nowhere, is: .absent, "after revert of nothing")
    },
    Rule("revert-other-size", "reverting an extended volume is refused", of: [.revert, .extend]) {
        bench in
        let volume = try await bench.created()
        let snapshot = try await bench.createdSnapshot(of: volume)
        let size = bench.size.plus(bench.unit)
        try await bench.driver.extending.extend(volume, to: size, operation: .random())
        try await bench.expect([.refused], from: "revert to a snapshot of another size") { () throws(DriverError) in
            try await bench.driver.reverting.revert(volume, to: snapshot, operation: .random())
        }
        try await bench.expect(volume, is: .complete(size), "after revert to a snapshot of another size")
    },
]
