extension VolumeError {
    /// The name of the exception that Cinder raises in such a case (`cinder: exception.py`), for programs that know those.
    public var cinderName: String {
        switch code {
        case .invalidInput:
            switch kind {
            case .type: "InvalidVolumeType"
            case .zone: "InvalidAvailabilityZone"
            default: "InvalidInput"
            }
        case .notFound:
            switch kind {
            case .volume: "VolumeNotFound"
            case .snapshot: "SnapshotNotFound"
            case .type: "VolumeTypeNotFound"
            case .group: "GroupNotFound"
            case .pool: "ServiceNotFound"
            case .zone: "InvalidAvailabilityZone"
            case .flow, nil: "NotFound"
            }
        case .conflict:
            switch kind {
            case .snapshot: "InvalidSnapshot"
            case .type: "InvalidVolumeType"
            case .group: "InvalidGroup"
            case .flow: "Conflict"
            case .volume, .pool, .zone, nil: "InvalidVolume"
            }
        case .quotaExceeded: excess.flatMap(Self.overQuotaName) ?? "OverQuota"
        case .noValidPool: "NoValidBackend"
        case .driverFailed, .revertIncomplete, .missing: "VolumeBackendAPIException"
        case .timedOut, .storeUnavailable: "ServiceUnavailable"
        case .notPermitted: "PolicyNotAuthorized"
        default: "CinderException"
        }
    }

    /// The quota that would be exceeded, which the first remedy about a quota names.
    private var excess: QuotaResource? {
        let raised = remedies.lazy.compactMap { if case .raiseQuota(let resource, _) = $0 { resource } else { nil } }
        return raised.first.map(QuotaResource.init(name:))
    }

    private static func overQuotaName(_ resource: QuotaResource) -> String? {
        switch resource.base {
        case .volumes: "VolumeLimitExceeded"
        case .gigabytes: "VolumeSizeExceedsAvailableQuota"
        case .perVolumeGigabytes: "VolumeSizeExceedsLimit"
        case .snapshots: "SnapshotLimitExceeded"
        case .groups: "GroupLimitExceeded"
        default: nil
        }
    }

    private enum Kind {
        case volume, snapshot, type, group, pool, zone, flow
    }

    /// The kind of object that the error is about, which its remedies name; `nil` for another. A flow is meant only if no object is
    /// named, because an error about an object may advise to wait for a flow first.
    private var kind: Kind? {
        let kinds = remedies.compactMap(Self.kind)
        return kinds.first { $0 != .flow } ?? kinds.first
    }

    private static func kind(of remedy: Remedy) -> Kind? {
        switch remedy {
        case .showSnapshot, .listSnapshots, .removeSnapshot: .snapshot
        case .showType, .listTypes, .createType, .restrictType: .type
        case .showGroup, .listGroups, .removeFromGroup, .removeGroupWithVolumes: .group
        case .showVolume, .listVolumes, .createVolume, .resizeVolume, .retypeVolume, .removeVolume,
            .removeVolumeWithSnapshots, .unprotectVolume, .attachVolume, .detachVolume, .detachVolumeFromAll,
            .exportVolume, .unexportVolume, .unexportVolumeForAll, .mountVolume, .unmountVolume, .repair:
            .volume
        case .showPool, .listPools, .enablePool, .claimPool, .listPoolObjects: .pool
        case .listZones: .zone
        case .listFlows, .retryFlow, .waitForFlow, .cancelFlow, .abandonFlow: .flow
        default: nil
        }
    }
}
