internal import Identity
internal import RuleKit
internal import VolumeDriver

/// Rules for reading the state of the driver, of volumes and of the pool.
let lookRules: [Rule] = [
    Rule("kind-is-a-word", "the driver's kind is a word of lower-case letters, digits and '-'") { bench in
        let kind = type(of: bench.driver).kind
        let isWord =
            !kind.isEmpty
            && kind.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }
        try bench.expect(isWord, "the kind is '\(kind)'")
    },
    Rule("granule-is-positive", "the allocation unit is above zero, and equal in every instance") { bench in
        let capabilities = bench.driver.capabilities
        try bench.expect(capabilities.granule > .zero, "the allocation unit is zero")
        let other = try await bench.another()
        try bench.expect(other.capabilities == capabilities, "another instance declares other capabilities")
        try bench.expect(other.features == bench.driver.features, "another instance supports '\(other.features)'")
    },
    Rule("inspect-absent", "a volume that never existed is absent") { bench in
        try await bench.expect(bench.volume(), is: .absent, "without any call")
    },
    Rule("done-is-seen", "the outcome of a call is visible to other instances at once") { bench in
        let (driver, other) = (bench.driver, try await bench.another())
        func expect(_ volume: VolumeID, is presence: VolumePresence, _ when: String) async throws {
            let found = try await other.inspect(volume)
            try bench.expect(found == presence, "right after \(when), another instance sees it \(found.words)")
            let isListed = try await other.list().contains { $0.id == volume }
            try bench.expect(
                isListed == (presence != .absent),
                "right after \(when), another instance lists it wrongly"
            )
        }
        let (volume, larger) = (bench.volume(), bench.size.plus(bench.unit))
        try await driver.create(volume, size: bench.size, operation: .random())
        try await expect(volume, is: .complete(bench.size), "create")
        try await bench.expect([.refused], from: "create with another size") { () throws(DriverError) in
            try await driver.create(volume, size: larger, operation: .random())
        }
        try await expect(volume, is: .complete(bench.size), "a create that was refused")
        let refused = bench.volume()
        try await bench.expect([.refused], from: "create of zero bytes") { () throws(DriverError) in
            try await driver.create(refused, size: .zero, operation: .random())
        }
        try await expect(refused, is: .absent, "a create that was refused")
        if let extending = try? driver.extending {
            try await extending.extend(volume, to: larger, operation: .random())
            try await expect(volume, is: .complete(larger), "extend")
        }
        try await driver.delete(volume, operation: .random())
        try await expect(volume, is: .absent, "delete")
    },
    Rule("list-agrees", "the list has every volume once and agrees with inspect, in every instance") { bench in
        let volumes = [try await bench.created(bench.unit), try await bench.created(), try await bench.created()]
        let gone = try await bench.created()
        try await bench.driver.delete(gone, operation: .random())
        for driver in [bench.driver, try await bench.another()] {
            let list = try await driver.list()
            for volume in volumes {
                let entries = list.filter { $0.id == volume }
                try bench.expect(entries.count == 1, "the list has a volume \(entries.count) times")
                let presence = try await driver.inspect(volume)
                try bench.expect(
                    entries[0].presence == presence,
                    "the list says \(entries[0].presence.words), and inspect \(presence.words)"
                )
            }
            try bench.expect(!list.contains { $0.id == gone }, "the list has a volume that was deleted")
            try bench.expect(!list.contains { $0.presence == .absent }, "the list has a volume that is absent")
        }
    },
    Rule("looking-changes-nothing", "inspect, list and capacity change nothing") { bench in
        let volume = bench.volume()
        for _ in 1...2 {
            _ = try await bench.driver.inspect(volume)
            _ = try await bench.driver.list()
            _ = try await bench.driver.capacity()
        }
        let isListed = try await bench.driver.list().contains { $0.id == volume }
        try bench.expect(!isListed, "a volume that was only looked for is in the list")
    },
    Rule("capacity-sane", "usage is within the total, and the logical size counts new volumes") { bench in
        let before = try await bench.driver.detailedCapacity()
        _ = try await bench.created()
        let after = try await bench.driver.detailedCapacity()
        for capacity in [before, after] {
            try bench.expect(capacity.total > .zero, "the pool has no size")
            try bench.expect(capacity.free <= capacity.total, "\(capacity.free) of \(capacity.total) are free")
            for (usage, name) in [(capacity.data, "data"), (capacity.metadata, "metadata")] {
                guard let usage else { continue }
                try bench.expect(usage.used <= usage.total, "\(usage.used) of \(usage.total) are used for \(name)")
            }
        }
        if let old = before.logical, let new = after.logical {
            try bench.expect(
                new.bytes - old.bytes == bench.size.bytes,
                "a volume of \(bench.size.bytes) bytes adds \(new.bytes - old.bytes) to the logical size"
            )
        }
        if !bench.driver.capabilities.isThin, let old = before.allocated, let new = after.allocated {
            try bench.expect(
                new.bytes - old.bytes >= bench.size.bytes,
                "a volume of \(bench.size.bytes) bytes takes \(new.bytes - old.bytes): the driver is thin"
            )
        }
    },
    Rule("location-is-stable", "a location is unique, contains the id, and is equal in every instance") { bench in
        let (volume, other) = (bench.volume(), bench.volume())
        let place = bench.driver.location(of: volume)
        try bench.expect(place.contains(volume.description), "'\(place)' does not have the volume's id")
        try bench.expect(place != bench.driver.location(of: other), "two volumes are at '\(place)'")
        let again = try await bench.another().location(of: volume)
        try bench.expect(again == place, "it is at '\(place)' and at '\(again)'")
    },
    Rule("foreign-left-alone", "foreign objects are not listed and survive every call") { bench in
        guard let plant = bench.subject.plant else { throw Skip("no foreign objects can be created on the backend") }
        let names = ["lost+found.d", "volume-", "volume-1234", "volume-\(VolumeID.random())".uppercased(), "data"]
        var planted: [ForeignObject] = []
        do {
            for name in names + ["volume-\(VolumeID.random().description.uppercased())"] {
                planted.append(try await plant(name))
            }
            let before = try await bench.driver.list()
            let volume = try await bench.created()
            try await bench.driver.delete(volume, operation: .random())
            let after = try await bench.driver.list()
            try bench.expect(Set(after) == Set(before), "a volume that came and went has changed the list")
            try bench.expect(!after.contains { bench.isForeign($0.id, names) }, "the list has a foreign object")
            for object in planted {
                let isUnharmed = try await object.isUnharmed()
                try bench.expect(isUnharmed, "a foreign object was changed")
            }
        } catch {
            for object in planted { try? await object.remove() }
            throw error
        }
        for object in planted { try await object.remove() }
    },
    Rule("vanished-volume", "a volume removed without the driver is absent, and can be deleted and created again") {
        bench in
        guard let vanish = bench.subject.vanish else { throw Skip("volumes can't be removed without the driver") }
        let volume = try await bench.created()
        try await vanish(volume)
        try await bench.expect(volume, is: .absent, "after it was removed without the driver")
        try await bench.driver.delete(volume, operation: .random())
        try await bench.driver.create(volume, size: bench.size, operation: .random())
        try await bench.expect(volume, is: .complete(bench.size), "after it was made again")
    },
]

extension Bench {
    fileprivate func isForeign(_ id: VolumeID, _ names: [String]) -> Bool {
        names.contains { $0.lowercased() == id.backendName }
    }
}
