internal import VolumeDriver

/// Chooses the pool for a volume: filters say which can take it, a weigher which of those is best.
///
/// It judges by what pools reported and by what the database has promised on them, in the transaction that adds the new
/// promise: two requests can't be given the same room.
struct Scheduler {
    /// What a volume needs.
    struct Request {
        let size: ByteCount
        /// The only pool that may be chosen, if the user named one.
        let pool: String?
    }

    /// Judges every pool; at most one verdict is `chosen`.
    func judge(_ reports: [PoolReport], promises: [String: PoolPromises], for request: Request) -> [PoolVerdict] {
        let judged = reports.map { report in
            // What is promised on a pool that takes its room from the same place is missing here, too.
            let sharing = report.sharing(among: reports)
            let names = [report.name] + sharing.map(\.name)
            let bytes = names.compactMap { promises[$0]?.size.bytes }
                .reduce(Int64(0)) { sum, next in sum > .max - next ? .max : sum + next }
            let promised = ByteCount(bytes: bytes) ?? .zero
            let room = PoolRoom(report, promised: promised, sharedWith: Array(names.dropFirst()))
            return verdict(on: report, room: room, for: request)
        }
        let best = judged.filter(\.isEligible).max { $0.room?.virtual ?? .zero < $1.room?.virtual ?? .zero }
        return judged.map { $0.pool == best?.pool ? $0.chosen : $0 }
    }

    private func verdict(on report: PoolReport, room: PoolRoom?, for request: Request) -> PoolVerdict {
        if let pool = request.pool, report.name != pool {
            return PoolVerdict(
                report,
                .rejected,
                filter: "RequestedPool",
                room: room,
                why: "pool \"\(pool)\" was asked for"
            )
        }
        if let reason = report.problem {
            return PoolVerdict(report, .rejected, filter: "PoolState", room: room, why: "down: \(reason)")
        }
        guard let room, let obstacle = CapacityFilter().obstacle(in: room, for: request.size) else {
            return PoolVerdict(report, .eligible, room: room, why: room?.description ?? "")
        }
        return PoolVerdict(report, .rejected, filter: "CapacityFilter", room: room, why: obstacle)
    }
}

/// Lets a pool pass if the volume fits into what may still be promised and into what is really there
/// (`cinder: CapacityFilter`, which looks at the real room of thick pools only).
struct CapacityFilter {
    /// Why `size` does not fit; `nil` if it does.
    func obstacle(in room: PoolRoom, for size: ByteCount) -> String? {
        if room.virtual < size { return "needs \(size), \(room)" }
        return room.isExhausted ? "all of its \(room.capacity.total) are written or reserved" : nil
    }
}

/// What a pool has left.
struct PoolRoom: Sendable, Hashable, Codable, CustomStringConvertible {
    let capacity: PoolCapacity
    let promised: ByteCount
    /// What may still be promised.
    let virtual: ByteCount
    /// How much is never given away.
    let reserved: ByteCount
    private let isThin: Bool
    private let sharedWith: [String]?

    /// `nil` when the pool is down.
    ///
    /// - Parameters:
    ///   - promised: what has been promised on the pool and on those that share its room.
    ///   - sharedWith: the names of those.
    init?(_ report: PoolReport, promised: ByteCount, sharedWith: [String]) {
        guard let capacity = report.capacity else { return nil }
        self.capacity = capacity
        self.promised = promised
        self.sharedWith = sharedWith.isEmpty ? nil : sharedWith
        isThin = report.capabilities.isThin
        reserved = capacity.total.scaled(by: Double(report.reservedPercentage) / 100)
        let given = capacity.total.subtracting(reserved)
        if isThin {
            // A ratio below one is a mistake that lets nothing pass (`cinder: CapacityFilter`).
            let promisable = report.overSubscriptionRatio < 1 ? .zero : given.scaled(by: report.overSubscriptionRatio)
            virtual = promisable.subtracting(promised)
        } else {
            virtual = min(capacity.free.subtracting(reserved), given.subtracting(promised))
        }
    }

    /// Whether nothing more can be written.
    var isExhausted: Bool { capacity.free <= reserved }

    var description: String {
        let limits = reserved > .zero ? ", \(reserved) reserved" : ""
        let sharing = sharedWith.map { ", shared with \($0.joined(separator: ", "))" } ?? ""
        return "\(virtual) free of \(capacity.total)\(isThin ? " with over-subscription" : "")\(limits)\(sharing)"
    }
}

extension ByteCount {
    fileprivate func scaled(by factor: Double) -> ByteCount {
        let product = (Double(bytes) * factor).rounded(.down)
        return ByteCount(bytes: Int64(exactly: product) ?? .max) ?? .zero
    }
}
