internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// What has to hold before a flow is begun.
extension VolumeService {
    /// Makes sure that the user is an admin.
    ///
    /// - Parameters:
    ///   - subject: the request, as the words after "cannot".
    ///   - remedy: what the user may do.
    /// - Throws: `notPermitted`.
    func requireAdmin(to subject: String, seeInstead remedy: Remedy) throws(VolumeError) {
        guard !scope.roles.contains(.admin) else { return }
        throw VolumeError(
            .notPermitted,
            "cannot \(subject)",
            cause: "user \(scope.user.quoted) is not an admin",
            remedies: [.advice("ask an admin"), remedy]
        )
    }

    /// Returns the pool that holds an object.
    ///
    /// - Parameter headline: what failed, for the error.
    /// - Throws: `noValidPool` if the pool is not configured.
    @discardableResult
    func requireConfigured(_ pool: String, _ headline: String) throws(VolumeError) -> Pool {
        if let configured = pools.first(where: { $0.name == pool }) { return configured }
        throw VolumeError(
            .noValidPool,
            "\(headline): its pool \"\(pool)\" is not configured",
            cause: "the configured pools are \(pools.map(\.name).joined(separator: ", "))",
            remedies: [.advice("add pool \"\(pool)\" to the configuration"), .listPools]
        )
    }

    /// Makes sure that the pool is configured and its driver offers a feature, before anything is touched. A pool that does
    /// not answer is the flow's to find.
    func requireFeature(_ feature: DriverFeatures, of pool: String, _ headline: String) async throws(VolumeError) {
        let configured = try requireConfigured(pool, headline)
        let driver: any VolumeDriver
        do {
            driver = try await Patience.wait(for: pool) { try await configured.driver() }
        } catch let error as DriverError {
            throw VolumeError(
                VolumeError.Code(error.code),
                "\(headline): \(error.message)",
                cause: error.cause,
                remedies: Remedy.list(error) + [.showPool(pool)]
            )
        } catch {
            throw VolumeError(translating: error)
        }
        guard !driver.features.contains(feature) else { return }
        let offered = driver.features
        throw VolumeError(
            .conflict,
            "\(headline): pool \"\(pool)\" does not offer '\(feature)'",
            cause:
                "driver '\(configured.kind)' offers there: \(offered.isEmpty ? "nothing beyond volumes" : "\(offered)")",
            remedies: [.showPool(pool), .listPools]
        )
    }
}
