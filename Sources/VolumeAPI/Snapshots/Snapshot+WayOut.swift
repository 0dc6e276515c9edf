internal import TaskFlow

extension SnapshotStatus {
    /// Whether a flow that has failed left the snapshot in this status.
    package var hasFailed: Bool {
        switch self {
        case .error, .errorDeleting: true
        case .creating, .available, .uploading, .deleting: false
        }
    }
}

extension Snapshot {
    /// The remedies that end a status in which the snapshot can't be used.
    package var wayOut: [Remedy] {
        switch status {
        case .available: []
        case .creating, .uploading, .deleting: [.waitForFlow(flow)]
        case .error, .errorDeleting: [.removeSnapshot(label)]
        }
    }
}
