internal import Identity
internal import VolumeDriver

/// How snapshots come and go, and what becomes of them.
let snapshotRules: [Rule] = [
    Rule("snapshot-exact-size", "a snapshot has the size of its volume at that moment", of: .snapshot) { bench in
        let volume = try await bench.created()
        let snapshot = try await bench.createdSnapshot(of: volume)
        try await bench.expect(snapshot, of: volume, is: .complete(bench.size), "after createSnapshot")
        guard let extending = try? bench.driver.extending else { return }
        try await extending.extend(volume, to: bench.size.plus(bench.unit), operation: .random())
        try await bench.expect(snapshot, of: volume, is: .complete(bench.size), "after its volume was extended")
    },
    Rule("snapshot-twice", "to make a snapshot again is success and does not renew it", of: .snapshot) { bench in
        let volume = try await bench.created()
        try await bench.write(1, to: volume)
        let snapshot = try await bench.createdSnapshot(of: volume)
        try await bench.write(2, to: volume)
        try await bench.driver.snapshotting.createSnapshot(snapshot, of: volume, operation: .random())
        try await bench.another().snapshotting.createSnapshot(snapshot, of: volume, operation: .random())
        let copy = try await bench.created(from: snapshot, of: volume)
        try await bench.expect(1, in: copy, "in a volume from a snapshot that was made again")
    },
    Rule("snapshot-at-once", "of two who make or remove one snapshot at once neither spoils it", of: .snapshot) {
        bench in
        let volume = try await bench.created()
        for _ in 1...3 {
            let snapshot = bench.snapshot(of: volume)
            try await bench.twiceAtOnce("createSnapshot") { driver throws(DriverError) in
                try await driver.snapshotting.createSnapshot(snapshot, of: volume, operation: .random())
            }
            try await bench.expect(snapshot, of: volume, is: .complete(bench.size), "after two calls at once")
            try await bench.twiceAtOnce("deleteSnapshot") { driver throws(DriverError) in
                try await driver.snapshotting.deleteSnapshot(snapshot, of: volume, operation: .random())
            }
            try await bench.expect(snapshot, of: volume, is: .absent, "after two calls at once")
        }
    },
    Rule("snapshot-immutable", "what is written after it does not reach a snapshot", of: .snapshot) { bench in
        let volume = try await bench.created()
        try await bench.write(1, to: volume)
        let snapshot = try await bench.createdSnapshot(of: volume)
        try await bench.write(2, to: volume)
        try await bench.write(3, to: volume, at: bench.unit)
        let copy = try await bench.created(from: snapshot, of: volume)
        try await bench.expect(1, in: copy, "in a volume from a snapshot")
        try await bench.expectZeros(in: copy, from: bench.unit, to: bench.size, "in a volume from a snapshot")
        try await bench.expect(2, in: volume, "after a snapshot of it was used")
    },
    Rule("snapshot-of-absent", "a snapshot of a volume that isn't there fails with 'not-found'", of: .snapshot) {
        bench in
        let volume = bench.volume()
        let snapshot = bench.snapshot(of: volume)
        try await bench.expect([.notFound], from: "createSnapshot of an absent volume") { () throws(DriverError) in
            try await bench.driver.snapshotting.createSnapshot(snapshot, of: volume, operation: .random())
        }
        try await bench.expect(snapshot, of: volume, is: .absent, "after createSnapshot of an absent volume")
        try await bench.expect(volume, is: .absent, "after createSnapshot of an absent volume")
    },
    Rule("snapshot-delete-twice", "to delete a snapshot again, or one that never was, is success", of: .snapshot) {
        bench in
        let volume = try await bench.created()
        let snapshot = try await bench.createdSnapshot(of: volume)
        for _ in 1...2 {
            try await bench.driver.snapshotting.deleteSnapshot(snapshot, of: volume, operation: .random())
        }
        try await bench.expect(snapshot, of: volume, is: .absent, "after two deletes")
        try await bench.driver.snapshotting.deleteSnapshot(
            bench.snapshot(of: volume),
            of: volume,
            operation: .random()
        )
        let nowhere = bench.volume()
        try await bench.driver.snapshotting.deleteSnapshot(
            bench.snapshot(of: nowhere),
            of: nowhere,
            operation: .random()
        )
        try await bench.expect(volume, is: .complete(bench.size), "after its snapshot was deleted")
    },
    Rule("snapshot-list-agrees", "the lists have each snapshot once, and no snapshot as a volume", of: .snapshot) {
        bench in
        let volume = try await bench.created()
        let snapshots = [try await bench.createdSnapshot(of: volume), try await bench.createdSnapshot(of: volume)]
        let volumes = try await bench.driver.list().filter { $0.id == volume }
        try bench.expect(volumes.count == 1, "a volume with snapshots is in the list \(volumes.count) times")
        for driver in [bench.driver, try await bench.another()] {
            let list = try await driver.snapshotting.listSnapshots().filter { $0.volume == volume }
            try bench.expect(
                Set(list.map(\.id)) == Set(snapshots) && list.count == 2,
                "of two snapshots the list has \(list.count)"
            )
            try bench.expect(
                list.allSatisfy { $0.presence == .complete(bench.size) },
                "the list and inspectSnapshot don't agree"
            )
        }
        let ids = Set(try await bench.driver.list().map(\.id.description))
        try bench.expect(ids.isDisjoint(with: snapshots.map(\.description)), "the list of volumes has a snapshot")
    },
    Rule("snapshot-keeps-volume", "a volume with snapshots can't be deleted: it is busy, and untouched", of: .snapshot)
    {
        bench in
        let volume = try await bench.created()
        let snapshot = try await bench.createdSnapshot(of: volume)
        try await bench.expect([.busy], from: "delete of a volume with a snapshot") { () throws(DriverError) in
            try await bench.driver.delete(volume, operation: .random())
        }
        try await bench.expect(volume, is: .complete(bench.size), "after a delete that was busy")
        try await bench.expect(snapshot, of: volume, is: .complete(bench.size), "after a delete that was busy")
        try await bench.driver.snapshotting.deleteSnapshot(snapshot, of: volume, operation: .random())
        try await bench.driver.delete(volume, operation: .random())
        try await bench.expect(volume, is: .absent, "after its snapshot and it were deleted")
    },
    Rule("snapshot-cancelled", "a snapshot that is cut short is completed by the next call or removed", of: .snapshot) {
        bench in
        let volume = try await bench.created()
        try await bench.write(1, to: volume, count: Int(bench.size.bytes))
        let driver = try bench.driver.snapshotting
        let snapshot = bench.snapshot(of: volume)
        try await bench.cancelling { () throws(DriverError) in
            try await driver.createSnapshot(snapshot, of: volume, operation: .random())
        } after: { _ in
            try await driver.createSnapshot(snapshot, of: volume, operation: .random())
            try await bench.expect(snapshot, of: volume, is: .complete(bench.size), "after a call cut short, repeated")
            try await driver.deleteSnapshot(snapshot, of: volume, operation: .random())
            try await bench.expect(snapshot, of: volume, is: .absent, "after a call cut short, repeated, and a delete")
        }
    },
    Rule(
        "from-snapshot-exact",
        "a volume from a snapshot has the size asked for, and zeros beyond the snapshot",
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
        "to create from a snapshot again is success and leaves the volume's content",
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
    Rule("from-snapshot-wrong", "from a snapshot that isn't there or is larger no volume is made", of: .snapshot) {
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
        "snapshot and volume may be deleted while a volume made of them stays",
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
        "a create from a snapshot that is cut short is completed by the next",
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

/// How volumes go back to snapshots.
let revertRules: [Rule] = [
    Rule("revert-restores", "a reverted volume holds what it held, and the snapshot stays", of: .revert) { bench in
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
    Rule("revert-twice", "to revert a volume again is success", of: .revert) { bench in
        let volume = try await bench.created()
        try await bench.write(1, to: volume)
        let snapshot = try await bench.createdSnapshot(of: volume)
        for _ in 1...2 { try await bench.driver.reverting.revert(volume, to: snapshot, operation: .random()) }
        try await bench.another().reverting.revert(volume, to: snapshot, operation: .random())
        try await bench.expect(1, in: volume, "after three reverts")
    },
    Rule("revert-absent", "a revert without the snapshot or the volume fails with 'not-found'", of: .revert) { bench in
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
    Rule("revert-other-size", "a volume that was extended since the snapshot isn't reverted", of: [.revert, .extend]) {
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

/// How volumes are copied.
let cloneRules: [Rule] = [
    Rule("clone-exact", "a clone has the size asked for, holds what its source does, and zeros after that", of: .clone)
    {
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
    Rule("clone-twice", "to clone again is success and leaves the clone's content", of: .clone) { bench in
        let volume = try await bench.created()
        let copy = try await bench.cloned(volume)
        try await bench.write(2, to: copy)
        try await bench.driver.cloning.clone(volume, as: copy, size: bench.size, operation: .random())
        try await bench.another().cloning.clone(volume, as: copy, size: bench.size, operation: .random())
        try await bench.expect(2, in: copy, "after three clones")
    },
    Rule("clone-at-once", "of two who make one clone at once neither spoils it", of: .clone) { bench in
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
    Rule("clone-independent", "source and clone may each change and go while the other stays", of: .clone) { bench in
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
    Rule("clone-leaves-no-helper", "a clone is one more volume, and nothing else appears", of: .clone) { bench in
        let volume = try await bench.created()
        let (volumes, snapshots) = (try await bench.driver.list(), try await bench.snapshots())
        let copy = try await bench.cloned(volume)
        let added = Set(try await bench.driver.list().map(\.id)).subtracting(volumes.map(\.id))
        try bench.expect(added == [copy], "a clone adds \(added.count) volumes to the list")
        let later = try await bench.snapshots()
        try bench.expect(later.isSubset(of: snapshots), "a clone adds a snapshot to the list")
    },
    Rule("clone-wrong", "of a volume that isn't there or is larger no clone is made", of: .clone) { bench in
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
    Rule("clone-cancelled", "a clone that is cut short is completed by the next call", of: .clone) { bench in
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

extension Bench {
    func createdSnapshot(of volume: VolumeID) async throws -> SnapshotID {
        let id = snapshot(of: volume)
        try await driver.snapshotting.createSnapshot(id, of: volume, operation: .random())
        return id
    }

    func created(_ size: ByteCount? = nil, from snapshot: SnapshotID, of source: VolumeID) async throws -> VolumeID {
        let id = volume()
        try await driver.snapshotting.create(
            id,
            size: size ?? self.size,
            from: snapshot,
            of: source,
            operation: .random()
        )
        return id
    }

    func cloned(_ source: VolumeID, _ size: ByteCount? = nil) async throws -> VolumeID {
        let id = volume()
        try await driver.cloning.clone(source, as: id, size: size ?? self.size, operation: .random())
        return id
    }

    fileprivate func snapshots() async throws -> Set<SnapshotID> {
        guard let snapshotting = try? driver.snapshotting else { return [] }
        return Set(try await snapshotting.listSnapshots().map(\.id))
    }
}
