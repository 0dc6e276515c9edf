internal import VolumeAPI

/// Environment variables that begin like this program's and that nothing reads.
struct UnreadVariables {
    private let unread: [String]
    private let known: [String]
    private let pools: [String]

    /// - Parameter pools: the pools that are enabled or described in a file.
    init(_ environment: [String: String], pools: Set<String>) {
        let fixed = ConfigurationSchema.environmentNames
        let candidates = environment.keys.filter { name in
            name.uppercased().hasPrefix("VOLUMECTL_") && !fixed.contains(name)
        }
        // Most environments have no candidates, and need no list of names.
        known = candidates.isEmpty ? [] : fixed + pools.flatMap(Self.variables)
        unread = candidates.filter { [known] in !known.contains($0) }.sorted()
        self.pools = pools.sorted()
    }

    /// The variables that describe `pool`.
    static func variables(of pool: String) -> [String] {
        ConfigurationSchema.pool.keys.map { EnvironmentName.of(["pools", pool, $0]) }
    }

    /// Returns a warning for each variable that may be meant for another program.
    ///
    /// - Throws: ``VolumeError`` for a variable that is meant for this program, because a misspelt limit or path would
    ///   not apply.
    func warnings() throws(VolumeError) -> [String] {
        var warnings: [String] = []
        for name in unread {
            let meant = nearest(to: name)
            let isOfSection = ["VOLUMECTL_POOLS_", "VOLUMECTL_QUOTA_", "VOLUMECTL_POLICY_", "VOLUMECTL_SCHEDULER_"]
                .contains(where: name.uppercased().hasPrefix)
            guard meant != nil || isOfSection else {
                warnings.append("unknown variable \(name) is ignored")
                continue
            }
            throw VolumeError(
                .invalidInput,
                "unknown variable \(name)" + (meant.map { ", did you mean \($0)?" } ?? ""),
                cause: "nothing reads it; the pools that are enabled or described are \(pools.joined(separator: ", "))",
                remedies: [.advice("unset it, or correct its name"), .showConfigurationSample]
            )
        }
        return warnings
    }

    private func nearest(to name: String) -> String? {
        let head = "VOLUMECTL_".count
        return
            Spelling.nearest(
                to: String(name.uppercased().dropFirst(head)),
                among: known.map { $0.dropFirst(head) }.map(String.init)
            )
            .map { "VOLUMECTL_" + $0 }
    }
}
