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

    func passes(_ report: PoolReport, _ log: inout FilterLog) -> Bool {
        guard !zones.isEmpty else { return true }
        let zone = report.placement?.zone
        return log.note(
            "AvailabilityZoneFilter",
            passes: zone.map(zones.contains) ?? false,
            "wants zone \(zones.joined(separator: " or ")), and the pool is in \(zone ?? "no zone")"
        )
    }
}

/// Lets a pool pass because of the volumes that it holds (`cinder: SameBackendFilter`, `DifferentBackendFilter`).
struct AffinityFilter {
    let near: [VolumeID]
    let apartFrom: [VolumeID]
    /// The pools of these volumes.
    let pools: [VolumeID: String]

    func passes(_ report: PoolReport, _ log: inout FilterLog) -> Bool {
        if !near.isEmpty {
            let isNear = near.contains { pools[$0] == report.name }
            guard log.note("SameBackendFilter", passes: isNear, "wants the pool of " + words(near)) else {
                return false
            }
        }
        guard !apartFrom.isEmpty else { return true }
        let isApart = !apartFrom.contains { pools[$0] == report.name }
        return log.note(
            "DifferentBackendFilter",
            passes: isApart,
            "wants another pool than that of " + words(apartFrom)
        )
    }

    private func words(_ volumes: [VolumeID]) -> String {
        volumes.map { "volume \($0), " + (pools[$0].map { "which is in \($0)" } ?? "which is in none") }
            .joined(separator: ", or ")
    }
}
