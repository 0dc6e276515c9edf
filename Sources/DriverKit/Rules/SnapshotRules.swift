internal import Identity
internal import VolumeDriver

/// Rules for snapshots.
let snapshotRules: [Rule] = [
    Rule("snapshot-exact-size", "a snapshot has the size that its volume had at the time", of: .snapshot) { bench in
        let volume = try await bench.created()
        let snapshot = try await bench.createdSnapshot(of: volume)
        try await bench.expect(snapshot, of: volume, is: .complete(bench.size), "after createSnapshot")
        guard let extending = try? bench.driver.extending else { return }
        try await extending.extend(volume, to: bench.size.plus(bench.unit), operation: .random())
        try await bench.expect(snapshot, of: volume, is: .complete(bench.size), "after its volume was extended")
    },
    Rule("snapshot-twice", "creating an existing snapshot succeeds and does not change it", of: .snapshot) { bench in
        let volume = try await bench.created()
        try await bench.write(1, to: volume)
        let snapshot = try await bench.createdSnapshot(of: volume)
        try await bench.write(2, to: volume)
        try await bench.driver.snapshotting.createSnapshot(snapshot, of: volume, operation: .random())
        try await bench.another().snapshotting.createSnapshot(snapshot, of: volume, operation: .random())
        let copy = try await bench.created(from: snapshot, of: volume)
        try await bench.expect(1, in: copy, "in a volume from a snapshot that was made again")
    },
    Rule("snapshot-at-once", "two concurrent creates or deletes of one snapshot do not damage it", of: .snapshot) {
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
    Rule("snapshot-immutable", "later writes do not change a snapshot", of: .snapshot) { bench in
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
    Rule("snapshot-of-absent", "a snapshot of an absent volume fails with 'not-found'", of: .snapshot) {
        bench in
        let volume = bench.volume()
        let snapshot = bench.snapshot(of: volume)
        try await bench.expect([.notFound], from: "createSnapshot of an absent volume") { () throws(DriverError) in
            try await bench.driver.snapshotting.createSnapshot(snapshot, of: volume, operation: .random())
        }
        try await bench.expect(snapshot, of: volume, is: .absent, "after createSnapshot of an absent volume")
        try await bench.expect(volume, is: .absent, "after createSnapshot of an absent volume")
    },
    Rule("snapshot-delete-twice", "deleting a snapshot that does not exist succeeds", of: .snapshot) {
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
    Rule("snapshot-list-agrees", "the list has each snapshot once, and not as a volume", of: .snapshot) {
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
                "the list and inspectSnapshot differ"
            )
        }
        let ids = Set(try await bench.driver.list().map(\.id.description))
        try bench.expect(ids.isDisjoint(with: snapshots.map(\.description)), "the list of volumes has a snapshot")
    },
    Rule("snapshot-keeps-volume", "deleting a volume with snapshots is 'busy' and changes nothing", of: .snapshot) {
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
    Rule("snapshot-cancelled", "the next call completes or removes a snapshot that was cut short", of: .snapshot) {
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

    func snapshots() async throws -> Set<SnapshotID> {
        guard let snapshotting = try? driver.snapshotting else { return [] }
        return Set(try await snapshotting.listSnapshots().map(\.id))
    }
}
