package import VolumeDriver

/// The capacity that a pool has left.
package struct PoolRoom: Sendable, Hashable, Codable, CustomStringConvertible {
    /// The capacity that the pool reported.
    package let capacity: PoolCapacity
    /// The provisioned capacity of this pool and of the pools that share its space.
    package let promised: ByteCount
    /// How much more can be provisioned.
    package let virtual: ByteCount
    /// The capacity that is never provisioned.
    package let reserved: ByteCount
    private let isThin: Bool
    private let overSubscriptionRatio: Double?
    /// Pools that share its space, not necessarily all.
    private let sharedWith: [String]?
    /// How many more pools share its space; `nil` for none.
    private let furtherSharing: Int?
    /// Sizes are multiples of this; `nil` in records of versions that did not store it.
    private let allocationUnit: ByteCount?

    /// Computes what is left from a report; `nil` when the pool is down.
    ///
    /// - Parameters:
    ///   - promised: the provisioned capacity of this pool and of the pools that share its space.
    ///   - sharedWith: the names of those other pools, or of some.
    ///   - furtherSharing: how many more there are.
    ///   - isThick: whether a thin pool's space is counted as given away at once.
    package init?(
        _ report: PoolReport,
        promised: ByteCount,
        sharedWith: [String] = [],
        furtherSharing: Int = 0,
        isThick: Bool = false
    ) {
        guard let capacity = report.capacity, let capabilities = report.capabilities else { return nil }
        self.capacity = capacity
        self.promised = promised
        self.sharedWith = sharedWith.isEmpty ? nil : sharedWith
        self.furtherSharing = furtherSharing > 0 ? furtherSharing : nil
        isThin = capabilities.isThin && !isThick
        let ratio = report.overSubscriptionRatio(provisioned: promised)
        overSubscriptionRatio = isThin ? ratio : nil
        allocationUnit = capabilities.granule
        reserved = Self.reserved(of: capacity, report)
        let left = Self.promisable(of: capacity, report, at: isThin ? ratio : nil).subtracting(promised)
        virtual = isThin ? left : min(capacity.free.subtracting(reserved), left)
    }

    private static func reserved(of capacity: PoolCapacity, _ report: PoolReport) -> ByteCount {
        capacity.total.scaled(by: Double(report.reservedPercentage) / 100)
    }

    /// How much can be provisioned in all.
    ///
    /// - Parameter ratio: the over-subscription ratio of a thin pool; `nil` for a thick one.
    package static func promisable(of capacity: PoolCapacity, _ report: PoolReport, at ratio: Double?) -> ByteCount {
        let given = capacity.total.subtracting(reserved(of: capacity, report))
        guard let ratio else { return given }
        // A ratio below 1 is a configuration error, so that nothing fits (`cinder: CapacityFilter`).
        return ratio < 1 ? .zero : given.scaled(by: ratio)
    }

    /// Whether all space is written or reserved.
    package var isExhausted: Bool { capacity.free <= reserved }

    /// The rest of the limit that the backend sets on the pool; `nil` without a limit.
    package var leftOfLimit: ByteCount? { capacity.logicalLimit.map { $0.subtracting(capacity.logical ?? .zero) } }

    /// The size of the largest volume that fits.
    package var largest: ByteCount { min(virtual, leftOfLimit ?? virtual).roundedDown(to: allocationUnit ?? .zero) }

    /// Returns the size that a volume gets in this pool, in whole allocation units.
    ///
    /// - Returns: `nil` if that exceeds 2^63 - 1 bytes, or if there is no unreserved free space to take a share of.
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

    package var description: String {
        let reserve = reserved > .zero ? ", \(reserved) reserved" : ""
        let further = furtherSharing.map { " and \($0) more" } ?? ""
        let sharing = sharedWith.map { ", shared with " + $0.joined(separator: ", ") + further } ?? ""
        guard isThin else { return "\(virtual) free of \(capacity.total)\(reserve)\(sharing)" }
        let ratio = overSubscriptionRatio.map { " at ratio \(($0 * 100).rounded() / 100)" } ?? ""
        return "\(virtual) can be provisioned (\(capacity.total)\(ratio), \(promised) provisioned\(reserve)\(sharing))"
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
