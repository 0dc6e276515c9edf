package import VolumeDriver

/// What a pool has left.
package struct PoolRoom: Sendable, Hashable, Codable, CustomStringConvertible {
    /// What the pool said of its room.
    package let capacity: PoolCapacity
    /// The provisioned capacity of the pool and of those that share its room.
    package let promised: ByteCount
    /// What may still be provisioned.
    package let virtual: ByteCount
    /// How much is never given away.
    package let reserved: ByteCount
    private let isThin: Bool
    private let sharedWith: [String]?
    /// Sizes are multiples of this; left out by versions that did not keep it.
    private let allocationUnit: ByteCount?

    /// `nil` when the pool is down.
    ///
    /// - Parameters:
    ///   - promised: the provisioned capacity of the pool and of those that share its room.
    ///   - sharedWith: the names of those.
    package init?(_ report: PoolReport, promised: ByteCount, sharedWith: [String]) {
        guard let capacity = report.capacity, let capabilities = report.capabilities else { return nil }
        self.capacity = capacity
        self.promised = promised
        self.sharedWith = sharedWith.isEmpty ? nil : sharedWith
        isThin = capabilities.isThin
        allocationUnit = capabilities.granule
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
    package var isExhausted: Bool { capacity.free <= reserved }

    /// What the pool's own limit leaves for volumes; `nil` without a limit.
    package var leftOfLimit: ByteCount? { capacity.logicalLimit.map { $0.subtracting(capacity.logical ?? .zero) } }

    /// The largest volume that the pool can take.
    package var largest: ByteCount { min(virtual, leftOfLimit ?? virtual).roundedDown(to: allocationUnit ?? .zero) }

    /// How large the volume gets here: a size in whole allocation units, or its share of what is free and not reserved.
    ///
    /// - Returns: `nil` for more than 2^63 - 1 bytes, or for a share of nothing.
    package func size(for request: RequestedSize) -> ByteCount? {
        let unit = allocationUnit ?? .zero
        switch request {
        case .exactly(let size):
            return size.roundedUp(to: unit)
        case .share(let percent):
            let free = min(capacity.free.subtracting(reserved), largest)
            let share = free.share(percent: percent).roundedDown(to: unit)
            return share > .zero ? share : nil
        }
    }

    /// For people: what is left, and of what.
    package var description: String {
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

    fileprivate func share(percent: Int) -> ByteCount {
        ByteCount(bytes: Int64(Int128(bytes) * Int128(percent) / 100)) ?? .zero
    }

    fileprivate func roundedDown(to unit: ByteCount) -> ByteCount {
        unit > .zero ? subtracting(ByteCount(bytes: bytes % unit.bytes) ?? .zero) : self
    }
}
