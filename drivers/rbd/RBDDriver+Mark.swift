internal import Foundation
public import Identity
internal import Programs
public import VolumeDriver

/// The mark is a permanent lock on the object `volumectl_pool`, with the id as its cookie. Taking a lock is one atomic
/// operation of the cluster, in which one of several concurrent callers succeeds. The holder of the lock does not
/// matter.
extension RBDDriver: MarkingDriver {
    private static let object = "volumectl_pool"
    private static let lock = "pool"

    /// Returns the id in the lock on the object `volumectl_pool`.
    public func poolID() async throws(DriverError) -> PoolID? {
        try await mark("look at the mark of pool '\(access.pool)'")
    }

    /// Locks the object `volumectl_pool` unless it is locked.
    public func markPool(as id: PoolID) async throws(DriverError) -> PoolID {
        let action = "mark pool '\(access.pool)'"
        if let found = try await mark(action) { return found }
        let arguments = ["lock", "get", Self.object, Self.lock, "--lock-type", "exclusive", "--lock-cookie", "\(id)"]
        // It also fails if the object is locked already.
        let answer = try await tool.run(rados(arguments), action, expecting: [.failed])
        if let found = try await mark(action) { return found }
        throw DriverError(
            .broken,
            "cannot \(action)",
            answer.call,
            answer.result,
            remedy: "check the capabilities of client.\(access.user): `ceph auth get client.\(access.user)`"
        )
    }

    /// Returns a driver for the pool with this mark.
    public func bound(to pool: PoolID) -> RBDDriver {
        var bound = self
        bound.pool = pool
        return bound
    }

    /// Verifies the mark of the pool, for a bound driver.
    func checkPool(_ action: String) async throws(DriverError) {
        guard let pool else { return }
        let found = try await mark(action)
        guard found != pool else { return }
        throw DriverError(
            .foreignPool,
            "cannot \(action): pool '\(access.pool)' is "
                + (found.map { "another pool, '\($0)'" } ?? "not marked as a pool of volumes"),
            cause: "the pool's mark is '\(pool)'",
            remedy: "correct the pool's `rbd-pool` or `rbd-ceph-conf`; `rados --pool \(access.pool) lock info "
                + "\(Self.object) \(Self.lock)` shows the mark"
        )
    }

    private func mark(_ action: String) async throws(DriverError) -> PoolID? {
        let call = rados(["lock", "info", Self.object, Self.lock])
        var answer = try await tool.run(call, action, expecting: [.failed])
        if answer.errno != nil {
            // The status is 1 for all errors; the object's absence is believed once the pool has answered.
            _ = try await names(action)
            guard try await hasObject(Self.object, action) else { return nil }
            // Another process may have marked the pool since.
            answer = try await tool.run(call, action, expecting: [.failed])
        }
        guard answer.errno == nil else {
            throw DriverError(.broken, "cannot \(action)", answer.call, answer.result, remedy: "run it by hand")
        }
        guard let cookie = try answer.decoded(LockInfo.self, action).lockers.first?.cookie else { return nil }
        guard let id = PoolID(cookie) else {
            throw DriverError(
                .broken,
                "cannot \(action): its mark is not an id but '\(cookie)'",
                remedy: "see what locked the object '\(Self.object)' of pool '\(access.pool)'"
            )
        }
        return id
    }
}

/// A lock according to `rados lock info`.
private struct LockInfo: Decodable {
    struct Locker: Decodable {
        let cookie: String
    }

    let lockers: [Locker]
}
