/// A pool's name in a database that several hosts use: `default@alpha` for a pool of host `alpha`, `ceph` for a pool that all
/// hosts reach (`cinder: host@backend#pool`).
///
/// A database of one host has names without hosts.
package struct PoolName: Sendable, Hashable, CustomStringConvertible {
    /// The name in the configuration.
    package let base: String
    /// The only host that reaches the pool; `nil` if all do, or if the database has no hosts.
    package let host: String?

    package init(_ base: String, on host: String?) { (self.base, self.host) = (base, host) }

    /// Splits a name; that of a host is after the last `@`.
    package init(_ name: String) {
        guard let at = name.lastIndex(of: "@") else {
            self.init(name, on: nil)
            return
        }
        self.init(String(name[..<at]), on: String(name[name.index(after: at)...]))
    }

    package var description: String { host.map { "\(base)@\($0)" } ?? base }
}
