internal import TaskFlow

extension VolumeStatus {
    /// Whether a flow that has failed left the volume in this status.
    package var hasFailed: Bool {
        switch self {
        case .error, .errorDeleting, .errorExtending, .errorMigrating: true
        case .creating, .downloading, .available, .extending, .attaching, .inUse, .detaching, .uploading, .deleting,
            .reverting, .migrating:
            false
        }
    }
}

extension Volume {
    /// The remedies that end a status in which the volume can't be used or changed. Each works also after the flow was given up.
    ///
    /// Empty for `error`: the volume may be one that was never complete, or one whose reversion to a snapshot has to be
    /// repeated, and only its last error says which.
    package var wayOut: [Remedy] {
        switch status {
        case .available, .inUse, .error: []
        case .creating, .downloading: [.waitForFlow(flow), .cancelFlow(flow)]
        case .extending, .attaching, .detaching, .uploading, .deleting, .reverting, .migrating: [.waitForFlow(flow)]
        case .errorDeleting: [.removeVolume(label)]
        // The record has the new size already.
        case .errorExtending: [.resizeVolume(label, to: size)]
        case .errorMigrating: [.retryFlow(flow)]
        }
    }
}
