extension VolumeError {
    /// The name of the exception that Cinder raises in such a case (`cinder: exception.py`), for programs that know those.
    public var cinderName: String {
        switch code {
        case .invalidInput: kind == .type ? "InvalidVolumeType" : "InvalidInput"
        case .notFound:
            switch kind {
            case .volume: "VolumeNotFound"
            case .snapshot: "SnapshotNotFound"
            case .type: "VolumeTypeNotFound"
            case .pool: "ServiceNotFound"
            case .flow, nil: "NotFound"
            }
        case .conflict:
            switch kind {
            case .snapshot: "InvalidSnapshot"
            case .type: "InvalidVolumeType"
            case .flow: "Conflict"
            case .volume, .pool, nil: "InvalidVolume"
            }
        case .quotaExceeded: "OverQuota"
        case .noValidPool: "NoValidBackend"
        case .driverFailed, .revertIncomplete, .missing: "VolumeBackendAPIException"
        case .timedOut, .storeUnavailable: "ServiceUnavailable"
        case .notPermitted: "PolicyNotAuthorized"
        default: "CinderException"
        }
    }

    private enum Kind {
        case volume, snapshot, type, pool, flow
    }

    /// What the error is about, which its remedies name; `nil` for something else.
    private var kind: Kind? {
        for remedy in remedies {
            switch remedy {
            case .showSnapshot, .listSnapshots, .removeSnapshot: return .snapshot
            case .showType, .listTypes: return .type
            case .showVolume, .listVolumes, .createVolume, .resizeVolume, .removeVolume, .removeVolumeWithSnapshots,
                .unprotectVolume, .attachVolume, .detachVolume, .exportVolume, .unexportVolume, .mountVolume,
                .unmountVolume:
                return .volume
            case .showPool, .listPools, .claimPool: return .pool
            case .listFlows, .retryFlow, .waitForFlow, .cancelFlow, .abandonFlow: return .flow
            default: continue
            }
        }
        return nil
    }
}
