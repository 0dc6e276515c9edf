internal import VolumeAPI
internal import VolumeDriver

extension [PoolReport] {
    /// Checks that a pool offers a feature. A pool that is down passes.
    ///
    /// - Parameter subject: the request, as the words after "cannot".
    /// - Throws: `conflict`.
    func require(_ feature: DriverFeatures, of pool: String?, to subject: String) throws(VolumeError) {
        guard let report = first(where: { $0.name == pool }), let features = report.features,
            !features.contains(feature)
        else { return }
        throw VolumeError(
            .conflict,
            "cannot \(subject): pool \(report.name.quoted) does not offer '\(feature)'",
            cause: "it offers: \(features.isEmpty ? "nothing beyond volumes" : features.description)",
            remedies: [.showPool(report.name)]
        )
    }
}
