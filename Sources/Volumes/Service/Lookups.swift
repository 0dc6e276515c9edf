internal import Identity
internal import TaskFlow
internal import VolumeAPI

extension VolumeError {
    /// That there is no such flow.
    static func noFlow(_ id: FlowID) -> VolumeError {
        VolumeError(.notFound, "there is no flow '\(id)'", remedies: [.listFlows])
    }
}

extension Optional {
    /// The flow.
    ///
    /// - Throws: `notFound` when there is none.
    func orMissing(_ flow: FlowID) throws(VolumeError) -> Wrapped {
        guard let value = self else { throw VolumeError.noFlow(flow) }
        return value
    }

    /// The volume.
    ///
    /// - Throws: `notFound` when there is none.
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
