package import TaskFlow

extension Place {
    /// Where a pool's driver is called: on its host, or on any that reaches the pool. `nil` for a step that calls no driver.
    package static func pool(_ name: String?) -> Place? { name.map { Place("pool:\($0)") } }

    /// A host, for what belongs to it: devices, servers, files.
    package static func host(_ name: String) -> Place { Place("host:\(name)") }

    /// Where a volume is used: on the host of its pool or, if all hosts reach the pool, on the host that uses it.
    ///
    /// - Parameter host: the host that uses it; `nil` if that is not known.
    package static func use(ofVolumeIn pool: String, on host: String?) -> Place? {
        guard PoolName(pool).host == nil, let host else { return .pool(pool) }
        return .host(host)
    }

    /// Where the drivers of several pools are called: on the host to which one of them belongs.
    package static func pools(_ names: [String]) -> Place? {
        .pool(names.first { PoolName($0).host != nil } ?? names.first)
    }

    /// The pool, if it is the place of one.
    package var pool: String? { name.hasPrefix("pool:") ? String(name.dropFirst(5)) : nil }

    /// The place for people: `host beta`, `pool "ceph"`.
    package var words: String {
        guard let pool else { return name.replacing("host:", with: "host ") }
        return PoolName(pool).host.map { "host \($0)" } ?? "pool \(pool.quoted)"
    }
}
