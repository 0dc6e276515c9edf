internal import Identity
internal import VolumeDriver

/// Rules for deleting volumes.
let deleteRules: [Rule] = [
    Rule("delete-removes", "a deleted volume is absent and can be created again with another size") { bench in
        let volume = try await bench.created()
        try await bench.driver.delete(volume, operation: .random())
        try await bench.expect(volume, is: .absent, "after delete")
        let size = bench.size.plus(bench.unit)
        try await bench.driver.create(volume, size: size, operation: .random())
        try await bench.expect(volume, is: .complete(size), "after delete and create")
    },
    Rule("delete-twice", "deleting a deleted volume succeeds") { bench in
        let volume = try await bench.created()
        try await bench.driver.delete(volume, operation: .random())
        try await bench.driver.delete(volume, operation: .random())
        try await bench.another().delete(volume, operation: .random())
        try await bench.expect(volume, is: .absent, "after three deletes")
    },
    Rule("delete-absent", "deleting a volume that never existed succeeds") { bench in
        let volume = bench.volume()
        try await bench.driver.delete(volume, operation: .random())
        try await bench.expect(volume, is: .absent, "after the delete of nothing")
    },
    Rule("delete-at-once", "two concurrent deletes of one volume succeed") { bench in
        for _ in 1...5 {
            let volume = try await bench.created()
            try await bench.twiceAtOnce("delete") { driver throws(DriverError) in
                try await driver.delete(volume, operation: .random())
            }
            try await bench.expect(volume, is: .absent, "after two calls of delete at once")
        }
    },
    Rule("delete-spares-others", "a delete touches no other volume") { bench in
        let (kept, removed) = (try await bench.created(), try await bench.created())
        try await bench.driver.delete(removed, operation: .random())
        try await bench.expect(kept, is: .complete(bench.size), "after the delete of another volume")
        let listed = try await bench.driver.list().map(\.id)
        try bench.expect(
            listed.contains(kept) && !listed.contains(removed),
            "after delete, the list is wrong"
        )
    },
    Rule("delete-during-create", "a concurrent create and delete leave a volume or what a delete removes") {
        bench in
        for _ in 1...5 {
            let volume = bench.volume()
            let (driver, size) = (bench.driver, bench.size)
            async let create: Void? = try? driver.create(volume, size: size, operation: .random())
            async let delete: Void? = try? driver.delete(volume, operation: .random())
            _ = await (create, delete)
            let presence = try await driver.inspect(volume)
            if case .complete(let found) = presence {
                try bench.expect(found == size, "a create and a delete at once leave \(found.bytes) bytes")
            }
            try await driver.delete(volume, operation: .random())
            try await bench.expect(volume, is: .absent, "after a create and a delete at once, and another delete")
        }
    },
    Rule("delete-cancelled", "the next delete completes one that was cut short") { bench in
        var volume = try await bench.created()
        let (driver, size) = (bench.driver, bench.size)
        for _ in 0..<2 {
            let doomed = volume
            try await bench.cancelling { () throws(DriverError) in
                try await driver.delete(doomed, operation: .random())
            } after: { hasSucceeded in
                if hasSucceeded { try await bench.expect(doomed, is: .absent, "after a delete that succeeded") }
                try await driver.delete(doomed, operation: .random())
                try await bench.expect(doomed, is: .absent, "after a delete that was cut short, repeated")
                try await driver.create(doomed, size: size, operation: .random())
            }
            volume = try await bench.created()
        }
    },
]
