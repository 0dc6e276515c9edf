internal import Identity
internal import VolumeDriver

/// Creates and removes snapshots. A new snapshot is protected, which clones need; a snapshot is removed without its
/// clones.
extension RBDDriver {
    private struct Child: Decodable {
        let pool: String
        let namespace: String?
        let image: String

        private enum CodingKeys: String, CodingKey {
            case pool, image
            case namespace = "pool_namespace"
        }
    }

    /// Creates the snapshot and protects it; skips what has been done already.
    func makeSnapshot(_ name: String, of volume: VolumeID, _ action: String) async throws(DriverError) {
        let snapshot = spec(volume, name)
        let made = try await tool.rbd(
            ["snap", "create", "--no-progress", snapshot],
            action,
            expecting: [.exists, .notFound]
        )
        if made.errno == .notFound { throw try await missing(volume, action) }
        let protected = try await tool.rbd(
            ["snap", "protect", snapshot],
            action,
            expecting: [.busy, .notFound],
            leftBehind: snapshot
        )
        if protected.errno == .notFound {
            throw DriverError(.busy, "cannot \(action): '\(snapshot)' is being removed", remedy: "try again")
        }
    }

    /// Removes the snapshot after flattening its clones. Succeeds if it or its volume does not exist.
    func removeSnapshot(_ name: String, of volume: VolumeID, _ action: String) async throws(DriverError) {
        let snapshot = spec(volume, name)
        // A clone that is created meanwhile is flattened in the next round.
        for _ in 1...3 {
            let answer = try await tool.rbd(
                ["snap", "unprotect", snapshot],
                action,
                expecting: [.notFound, .invalid, .busy]
            )
            switch answer.errno {
            case .notFound:
                _ = try await names(action)
                return
            case .busy: try await flattenClones(of: snapshot, action)
            default:
                _ = try await tool.rbd(
                    ["snap", "rm", "--no-progress", snapshot],
                    action,
                    expecting: [.notFound],
                    timeLimit: CephTool.dataTimeLimit,
                    leftBehind: snapshot
                )
                return
            }
        }
        throw DriverError(
            .busy,
            "cannot \(action): clones of '\(snapshot)' are created faster than they can be flattened",
            remedy: "try again: `rbd children \(snapshot)`"
        )
    }

    private func flattenClones(of snapshot: String, _ action: String) async throws(DriverError) {
        let answer = try await tool.rbd(["children", "--format", "json", snapshot], action, expecting: [.notFound])
        guard answer.errno == nil else { return }
        for child in try answer.decoded([Child].self, action) {
            guard child.pool == access.pool, child.namespace ?? "" == "", VolumeID(backendName: child.image) != nil
            else {
                throw DriverError(
                    .busy,
                    "cannot \(action): '\(child.pool)/\(child.image)', which is not a volume, is a clone of it",
                    remedy: "flatten or remove that: `rbd flatten \(child.pool)/\(child.image)`",
                    mayRetry: false
                )
            }
            try await flatten(child.image, action)
        }
    }
}
