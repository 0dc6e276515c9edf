internal import Glibc
internal import Identity
internal import RuleKit
internal import VolumeDriver

/// Rules for marking pools.
let markRules: [Rule] = [
    Rule(
        "mark-missing",
        "every call of a driver that is bound to a mark fails without effect in a pool without a mark",
        of: .mark
    ) {
        bench in
        guard try await bench.driver.marking.poolID() == nil else { throw Skip("the pool has a mark already") }
        try await bench.expectRefusals(by: bench.driver.marking.bound(to: .random()), "of an unmarked pool")
        let id = try await bench.driver.marking.poolID()
        try bench.expect(id == nil, "calls by a driver that is bound to a mark have marked the pool")
    },
    Rule("mark-twice", "a pool keeps its mark when it is marked again", of: .mark) { bench in
        let id = try await bench.marked()
        for driver in [bench.driver, try await bench.another()] {
            let found = try await driver.marking.poolID()
            try bench.expect(found == id, "after markPool, poolID says \(found?.description ?? "nothing"), not \(id)")
            let again = try await driver.marking.markPool(as: .random())
            try bench.expect(again == id, "a second markPool says \(again), not \(id)")
        }
        let found = try await bench.driver.marking.poolID()
        try bench.expect(
            found == id,
            "after a second markPool, poolID says \(found?.description ?? "nothing"), not \(id)"
        )
    },
    Rule("mark-at-once", "two concurrent calls that mark a pool return the same mark", of: .mark) { bench in
        for _ in 1...(bench.subject.unmark == nil ? 1 : 5) {
            try await bench.willMark()
            let (first, second) = (try await bench.another().marking, try await bench.another().marking)
            async let left = first.markPool(as: .random())
            async let right = second.markPool(as: .random())
            let marks = try await [left, right]
            try bench.expect(Set(marks).count == 1, "two who mark a pool at once are told \(marks[0]) and \(marks[1])")
            let found = try await bench.driver.marking.poolID()
            try bench.expect(found == marks[0], "the mark is \(found?.description ?? "not there"), not \(marks[0])")
            try await bench.unmark()
        }
    },
    Rule("mark-hidden", "a mark is not listed and not counted", of: .mark) { bench in
        let before = try await bench.view()
        _ = try await bench.marked()
        let after = try await bench.view()
        try bench.expect(after == before, "once it is marked, the pool holds \(after), not \(before)")
    },
    Rule("mark-bound", "a driver that is bound to its pool's mark works like an unbound one", of: .mark) {
        bench in
        let bound = try await bench.driver.marking.bound(to: bench.marked())
        let volume = bench.volume()
        for _ in 1...2 { try await bound.create(volume, size: bench.size, operation: .random()) }
        try await bench.expect(volume, is: .complete(bench.size), "after create by a bound driver")
        let (found, listed) = (try await bound.inspect(volume), try await bound.list().map(\.id))
        try bench.expect(found == .complete(bench.size), "a bound driver sees it \(found.words)")
        try bench.expect(listed.contains(volume), "a bound driver does not list it")
        try await bench.write(1, to: volume)
        try await bench.expect(1, in: volume, "after create by a bound driver")
        for _ in 1...2 { try await bound.delete(volume, operation: .random()) }
        try await bench.expect(volume, is: .absent, "after delete by a bound driver")
    },
    Rule(
        "mark-foreign",
        "every call of a driver that is bound to another pool's mark fails without effect",
        of: .mark
    ) {
        bench in
        _ = try await bench.marked()
        try await bench.expectRefusals(by: bench.driver.marking.bound(to: .random()), "of a pool with another mark")
    },
]

extension Bench {
    /// The visible state of the pool, without its free space, which others use, too.
    fileprivate func view() async throws -> String {
        let volumes = try await driver.list().map(\.id.description).sorted()
        let objects = try await (try? driver.managing)?.manageableObjects().map(\.name).sorted() ?? []
        let capacity = try await driver.detailedCapacity()
        return "\(volumes), \(objects), \(capacity.logical?.bytes ?? 0) bytes"
    }

    /// Expects every call of a driver that is bound to another mark to fail without effect.
    fileprivate func expectRefusals(by bound: any MarkingDriver, _ pool: String) async throws {
        let (volume, new) = (try await created(), self.volume())
        try await write(1, to: volume)
        let known = try await MarkedObjects(volume: volume, new: new, bench: self)
        let before = try await view()
        for (name, call) in try calls(of: bound, known) {
            try await expect([.foreignPool], from: "\(name) \(pool)", call)
            try await expect(volume, is: .complete(size), "after \(name) \(pool)")
            try await expect(new, is: .absent, "after \(name) \(pool)")
        }
        if bound.features.contains(.health) {
            let isFailure = try await bound.healthChecking.checkHealth().contains { $0.severity == .failure }
            try expect(isFailure, "checkHealth \(pool) finds no failure")
        }
        try await expect(1, in: volume, "after calls \(pool)")
        let after = try await view()
        try expect(after == before, "after calls \(pool), it holds \(after), not \(before)")
        if let snapshot = known.snapshot {
            try await expect(snapshot, of: volume, is: .complete(size), "after calls \(pool)")
        }
        try expect(access(known.unread.path, F_OK) != 0, "readImage \(pool) makes a file")
    }
}
