internal import TaskFlow
internal import VolumeAPI

extension PoolRegistry {
    /// The places that this host serves: its pools and itself. All of them, if the database has no hosts.
    var places: Places {
        guard let host else { return .all }
        return .only(Set(pools.compactMap { .pool($0.name) } + [.host(host.name)]))
    }
}
