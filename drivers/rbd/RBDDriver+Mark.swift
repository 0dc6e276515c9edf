internal import Foundation
public import Identity
internal import Programs
public import VolumeDriver

/// The mark is a lock without an end on the object `volumectl_pool`, whose cookie is the id: one operation of the cluster,
/// which one of many who try at once gets, and which is never half done. Who holds it does not matter.
extension RBDDriver: MarkingDriver {
    private static let object = "volumectl_pool"
    private static let lock = "pool"

    /// The id in the lock of the object `volumectl_pool`.
    public func poolID() async throws(DriverError) -> PoolID? {
        try await mark("look at the mark of pool '\(access.pool)'")
    }

    /// Locks the object `volumectl_pool` unless it is locked.
    public func markPool(as id: PoolID) async throws(DriverError) -> PoolID {
        let action = "mark pool '\(access.pool)'"
        if let found = try await mark(action) { return found }
        let arguments = ["lock", "get", Self.object, Self.lock, "--lock-type", "exclusive", "--lock-cookie", "\(id)"]
        // That somebody has it is what it fails for, too.
        let answer = try await tool.run(rados(arguments), action, expecting: [.failed])
        if let found = try await mark(action) { return found }
        throw DriverError(
            .broken,
            "cannot \(action)",
            answer.call,
            answer.result,
            remedy: "look at the rights of client.\(access.user): `ceph auth get client.\(access.user)`"
        )
    }

    /// The driver for the pool with this mark.
    public func bound(to pool: PoolID) -> RBDDriver {
        var bound = self
        bound.pool = pool
        return bound
    }

    /// Fails unless the pool has the mark that it has to have.
    func checkPool(_ action: String) async throws(DriverError) {
        guard let pool else { return }
        let found = try await mark(action)
        guard found != pool else { return }
        throw DriverError(
            .foreignPool,
            "cannot \(action): pool '\(access.pool)' is "
                + (found.map { "another pool, '\($0)'" } ?? "not marked as a pool of volumes"),
            cause: "the pool that is meant has the mark '\(pool)'",
            remedy: "correct the pool's `rbd-pool` or `rbd-ceph-conf`; `rados --pool \(access.pool) lock info "
                + "\(Self.object) \(Self.lock)` shows the mark"
        )
    }

    private func mark(_ action: String) async throws(DriverError) -> PoolID? {
        let call = rados(["lock", "info", Self.object, Self.lock])
        var answer = try await tool.run(call, action, expecting: [.failed])
        if answer.errno != nil {
            // Of all errors it says 1: that there is no such object is believed once the pool has answered.
            _ = try await names(action)
            guard try await hasObject(Self.object, action) else { return nil }
            // Somebody may have made it since.
            answer = try await tool.run(call, action, expecting: [.failed])
        }
        guard answer.errno == nil else {
            throw DriverError(.broken, "cannot \(action)", answer.call, answer.result, remedy: "run it by hand")
        }
        guard let cookie = try answer.decoded(LockInfo.self, action).lockers.first?.cookie else { return nil }
        guard let id = PoolID(cookie) else {
            throw DriverError(
                .broken,
                "cannot \(action): its mark holds no id, but '\(cookie)'",
                remedy: "look who locked the object '\(Self.object)' of pool '\(access.pool)'"
            )
        }
        return id
    }
}

/// What `rados lock info` tells.
private struct LockInfo: Decodable {
    struct Locker: Decodable {
        let cookie: String
    }

    let lockers: [Locker]
}
