internal import Identity
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

extension VolumeError {
    static func noFlow(_ id: FlowID) -> VolumeError {
        VolumeError(.notFound, "there is no flow '\(id)'", remedies: [.listFlows])
    }
}

extension Snapshot? {
    /// Unwraps a snapshot.
    ///
    /// - Throws: `notFound` when there is no such snapshot.
    func orMissing(_ id: SnapshotID) throws(VolumeError) -> Snapshot {
        guard let value = self else { throw VolumeError.noSnapshot(id.description) }
        return value
    }
}

extension Optional {
    /// Unwraps a flow.
    ///
    /// - Throws: `notFound` when there is no such flow.
    func orMissing(_ flow: FlowID) throws(VolumeError) -> Wrapped {
        guard let value = self else { throw VolumeError.noFlow(flow) }
        return value
    }

    /// Unwraps a volume.
    ///
    /// - Throws: `notFound` when there is no such volume.
    func orMissing(_ reference: String) throws(VolumeError) -> Wrapped {
        guard let value = self else {
            throw VolumeError(
                .notFound,
                "there is no volume \(reference.quoted)",
                remedies: [.listVolumes]
            )
        }
        return value
    }
}
