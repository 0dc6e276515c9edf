internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// The conditions under which a flow is begun.
extension VolumeService {
    /// Makes sure that the user has the role that the policy demands.
    ///
    /// - Parameters:
    ///   - headline: what failed, for the error.
    ///   - remedy: what the user may do.
    /// - Throws: `notPermitted`.
    func require(_ rule: Policy.Rule, _ headline: String, instead remedy: Remedy? = nil) throws(VolumeError) {
        let role = policy.role(for: rule)
        guard !scope.has(role) else { return }
        let own = scope.roles.max().map { "has role \($0.rawValue)" } ?? "has no role"
        throw VolumeError(
            .notPermitted,
            headline,
            cause: "rule '\(rule.rawValue)' demands role \(role.rawValue), and user \(scope.user.quoted) \(own)",
            remedies: [.advice("ask a user with role \(role.rawValue)")] + (remedy.map { [$0] } ?? [])
        )
    }

    /// Makes sure that the pool is configured and its driver offers a feature, before anything is touched. A pool that does
    /// not answer is the flow's to find.
    ///
    /// - Parameter copied: the volume that is copied; if it is in use, the copy has to be made at once.
    func requireFeature(
        _ feature: DriverFeatures,
        of pool: String,
        copying copied: Volume? = nil,
        _ headline: String
    ) async throws(VolumeError) {
        let (offered, kind): (DriverFeatures, String)
        switch try await requireServed(pool, headline) {
        case .here(let configured):
            let driver = try await driver(of: configured, headline)
            if driver.features.contains(feature) {
                guard let copied else { return }
                return try await requireCopiesAtOnce(by: driver, of: copied, headline)
            }
            (offered, kind) = (driver.features, configured.kind)
        case .elsewhere(let report):
            // A pool that is down has told no features; the flow will find out.
            guard let features = report.features, !features.contains(feature) else { return }
            (offered, kind) = (features, report.kind)
        }
        throw VolumeError(
            .conflict,
            "\(headline): pool \"\(pool)\" does not offer '\(feature)'",
            cause:
                "driver '\(kind)' offers there: \(offered.isEmpty ? "nothing beyond volumes" : "\(offered)")",
            remedies: [.showPool(pool), .listPools]
        )
    }

    /// Returns the pool's driver.
    ///
    /// - Parameter headline: what failed, for the error.
    func driver(of pool: Pool, _ headline: String) async throws(VolumeError) -> any VolumeDriver {
        do {
            return try await Patience.wait(for: pool.name) { try await pool.driver() }
        } catch let error as DriverError {
            throw VolumeError(error, headline, pool: pool.name)
        } catch {
            throw VolumeError(translating: error)
        }
    }

    private func requireCopiesAtOnce(
        by driver: any VolumeDriver,
        of volume: Volume,
        _ headline: String
    ) async throws(VolumeError) {
        guard volume.status == .inUse else { return }
        do {
            try await Patience.wait(for: volume.pool ?? "") { try await driver.requireCopiesAtOnce(true) }
        } catch let error as DriverError where error.code == .unsupported {
            let use = VolumeError.inUse(volume, try await attachments(of: volume), for: .creating)
            throw VolumeError(
                .conflict,
                "\(headline): volume \"\(volume.label)\" is in use, and its pool can't copy it at one moment",
                cause: use.cause,
                remedies: use.remedies
            )
        } catch {
            throw VolumeError(translating: error)
        }
    }
}

extension VolumeError {
    /// A driver's error, behind what failed.
    init(_ error: DriverError, _ headline: String, pool: String) {
        self.init(
            VolumeError.Code(error.code),
            "\(headline): \(error.message)",
            cause: error.cause,
            remedies: Remedy.list(error) + [.showPool(pool)]
        )
    }
}
