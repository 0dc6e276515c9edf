internal import Identity
internal import VolumeAPI
internal import VolumeDriver

/// The checked form of a ``PlacementRequest``, as it is stored in a flow.
struct PlacementWish: Sendable, Hashable, Codable {
    /// The availability zone.
    var zone: String?
    /// Volumes of which the pool has to hold one.
    var near: [VolumeID] = []
    /// Volumes of which the pool must hold none.
    var apartFrom: [VolumeID] = []
    /// A condition on the pool, as JSON.
    var query: String?
}

/// Lets a pool pass if it is in one of the requested zones (`cinder: AvailabilityZoneFilter`).
struct AvailabilityZoneFilter {
    let zones: [String]

    /// The compared values, and whether the pool passes; `nil` if any zone will do.
    func check(_ report: PoolReport) -> FilterCheck? {
        guard !zones.isEmpty else { return nil }
        let wanted = zones.joined(separator: " or ")
        guard let zone = report.placement?.zone else {
            return FilterCheck(Self.name, passes: false, "wants zone \(wanted), and the pool is in no zone")
        }
        return FilterCheck(Self.name, passes: zones.contains(zone), "wants zone \(wanted), and the pool is in \(zone)")
    }

    static let name = "AvailabilityZoneFilter"
}

/// Lets a pool pass because of the volumes that it holds (`cinder: SameBackendFilter`, `DifferentBackendFilter`).
struct AffinityFilter {
    let near: [VolumeID]
    let apartFrom: [VolumeID]
    /// The pools of these volumes.
    let pools: [VolumeID: String]

    func checks(_ report: PoolReport) -> [FilterCheck] {
        var checks: [FilterCheck] = []
        if !near.isEmpty {
            let isNear = near.contains { pools[$0] == report.name }
            checks.append(FilterCheck("SameBackendFilter", passes: isNear, "wants the pool of " + words(near)))
        }
        if !apartFrom.isEmpty {
            let isApart = !apartFrom.contains { pools[$0] == report.name }
            checks.append(
                FilterCheck(
                    "DifferentBackendFilter",
                    passes: isApart,
                    "wants another pool than that of " + words(apartFrom)
                )
            )
        }
        return checks
    }

    private func words(_ volumes: [VolumeID]) -> String {
        volumes.map { "volume \($0), " + (pools[$0].map { "which is in \($0)" } ?? "which is in none") }
            .joined(separator: ", or ")
    }
}
