internal import VolumeAPI
internal import VolumeDriver

/// A pool that a user named.
enum FoundPool: Sendable {
    /// A pool that this host reaches.
    case here(Pool)
    /// A pool of other hosts, as they last reported it.
    case elsewhere(PoolReport)

    var name: String {
        switch self {
        case .here(let pool): pool.name
        case .elsewhere(let report): report.name
        }
    }
}

extension VolumeService {
    /// Returns the pool that a user named: by its name, or by its name in the configuration of this host or, if no other host
    /// has such a pool, of another one.
    ///
    /// - Throws: `notFound`; `conflict` if several other hosts have a pool of this name.
    func pool(named given: String) async throws(VolumeError) -> FoundPool {
        if let pool = pools.first(where: { $0.name == given || $0.configuredName == given }) { return .here(pool) }
        let others = try await otherPools()
        if let report = others.first(where: { $0.name == given }) { return .elsewhere(report) }
        let named = others.filter { $0.configuredName == given }
        if let report = named.first, named.count == 1 { return .elsewhere(report) }
        guard named.isEmpty else {
            throw VolumeError(
                .conflict,
                "\(named.count) hosts have a pool \(given.quoted)",
                cause: "the pools are \(named.map(\.name).joined(separator: ", "))",
                remedies: [.advice("name one of them in full"), .listPools]
            )
        }
        throw noPool(given, others, "there is no pool \(given.quoted)", .notFound, [.listPools])
    }

    /// The pools that only other hosts reach, as those last reported them.
    func otherPools() async throws(VolumeError) -> [PoolReport] {
        do {
            return try await registry.others()
        } catch {
            throw VolumeError(translating: error)
        }
    }

    /// Returns the name that the database has for a pool that a user named; `nil` for `nil`.
    ///
    /// - Throws: what ``pool(named:)`` throws, with a headline of the request.
    func poolName(_ given: String?, _ headline: String) async throws(VolumeError) -> String? {
        guard let given else { return nil }
        do {
            return try await pool(named: given).name
        } catch {
            throw VolumeError(
                error.code,
                "\(headline): \(error.message)",
                cause: error.cause,
                remedies: error.remedies
            )
        }
    }

    /// Returns a pool that this host reaches.
    ///
    /// - Parameters:
    ///   - remedy: what to do on the pool's host, given the pool's name in full.
    /// - Throws: what ``pool(named:)`` throws; `conflict` if only another host reaches it.
    func poolHere(
        _ given: String,
        _ headline: String,
        _ remedy: (String) -> Remedy
    ) async throws(VolumeError) -> Pool {
        switch try await pool(named: given) {
        case .here(let pool): return pool
        case .elsewhere(let report): throw elsewhere(report, headline, remedy(report.name))
        }
    }

    /// Makes sure that this host reaches a volume's pool.
    ///
    /// - Parameter remedy: what to do on the pool's host.
    /// - Throws: `conflict` if only another host reaches it.
    func requireHere(_ pool: String?, _ headline: String, _ remedy: Remedy) async throws(VolumeError) {
        guard let pool, registry.host != nil, !pools.contains(where: { $0.name == pool }) else { return }
        guard case .elsewhere(let report) = try await self.pool(named: pool) else { return }
        throw elsewhere(report, headline, remedy)
    }

    private func elsewhere(_ report: PoolReport, _ headline: String, _ remedy: Remedy) -> VolumeError {
        let place = report.host.map { "on host \($0)" } ?? "not configured on this host"
        return VolumeError(
            .conflict,
            "\(headline): pool \"\(report.name)\" is \(place)",
            cause: registry.host.map { "this is host \($0.name), which does not reach the pool" },
            remedies: [report.host.map { .onHost($0, remedy) } ?? .listHosts, .showPool(report.name)]
        )
    }

    /// Returns the pool that holds an object.
    ///
    /// - Parameter headline: what failed, for the error.
    /// - Throws: `noValidPool` if no host has the pool.
    @discardableResult
    func requireServed(_ pool: String, _ headline: String) async throws(VolumeError) -> FoundPool {
        if let configured = pools.first(where: { $0.name == pool }) { return .here(configured) }
        let others = try await otherPools()
        if let report = others.first(where: { $0.name == pool }) { return .elsewhere(report) }
        throw noPool(
            pool,
            others,
            "\(headline): its pool \"\(pool)\" is not configured",
            .noValidPool,
            [.advice("add pool \"\(pool)\" to the configuration"), .listPools]
        )
    }

    private func noPool(
        _ name: String,
        _ others: [PoolReport],
        _ message: String,
        _ code: VolumeError.Code,
        _ remedies: [Remedy]
    ) -> VolumeError {
        let known = pools.map(\.name) + others.map(\.name)
        return VolumeError(
            code,
            message,
            cause: "the \(others.isEmpty ? "configured pools" : "pools") are \(known.joined(separator: ", "))",
            remedies: remedies
        )
    }
}
