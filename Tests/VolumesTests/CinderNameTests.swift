import Identity
import TaskFlow
import Testing
import VolumeAPI

/// The names of Cinder's exceptions, which programs that know Cinder read in the JSON of errors.
struct CinderNameTests {
    private static let flow = FlowID.random()

    private static let names: [(VolumeError.Code, [Remedy], String)] = [
        (.invalidInput, [], "InvalidInput"), (.invalidInput, [.showVolume("a")], "InvalidInput"),
        (.invalidInput, [.showType("a")], "InvalidVolumeType"),
        (.notFound, [.listVolumes], "VolumeNotFound"), (.notFound, [.listSnapshots(volume: nil)], "SnapshotNotFound"),
        (.invalidInput, [.listZones, .showType("a")], "InvalidAvailabilityZone"),
        (.notFound, [.listZones], "InvalidAvailabilityZone"),
        (.notFound, [.listTypes], "VolumeTypeNotFound"), (.notFound, [.listPools], "ServiceNotFound"),
        (.notFound, [.listFlows], "NotFound"), (.notFound, [.advice("look")], "NotFound"),
        (.conflict, [.showVolume("a")], "InvalidVolume"), (.conflict, [.showSnapshot("a")], "InvalidSnapshot"),
        (.conflict, [.waitForFlow(flow), .showVolume("a")], "InvalidVolume"),
        (.conflict, [.waitForFlow(flow), .showSnapshot("a")], "InvalidSnapshot"),
        (.conflict, [.unprotectVolume("a")], "InvalidVolume"),
        (.conflict, [.retypeVolume("a", to: "b")], "InvalidVolume"),
        (.conflict, [.restrictType("a")], "InvalidVolumeType"), (.conflict, [.retryFlow(flow)], "Conflict"),
        (.quotaExceeded, [.showQuota], "OverQuota"),
        (.quotaExceeded, [.raiseQuota("volumes", to: 2), .raiseQuota("gigabytes", to: 2)], "VolumeLimitExceeded"),
        (.quotaExceeded, [.raiseQuota("gigabytes_ssd", to: 2)], "VolumeSizeExceedsAvailableQuota"),
        (.quotaExceeded, [.listVolumes, .raiseQuota("per_volume_gigabytes", to: 2)], "VolumeSizeExceedsLimit"),
        (.quotaExceeded, [.raiseQuota("snapshots", to: 2)], "SnapshotLimitExceeded"),
        (.quotaExceeded, [.raiseQuota("groups", to: 2)], "GroupLimitExceeded"),
        (.quotaExceeded, [.raiseQuota("unknown", to: 2)], "OverQuota"), (.noValidPool, [.listPools], "NoValidBackend"),
        (.driverFailed, [.showPool("a")], "VolumeBackendAPIException"),
        (.revertIncomplete, [.retryFlow(flow)], "VolumeBackendAPIException"),
        (.missing, [.showVolume("a")], "VolumeBackendAPIException"),
        (.cancelled, [.showFlow(flow)], "CinderException"), (.timedOut, [.waitForFlow(flow)], "ServiceUnavailable"),
        (.storeUnavailable, [.advice("wait")], "ServiceUnavailable"),
        (.notPermitted, [.showVolume("a")], "PolicyNotAuthorized"), (.unexpected, [.listFlows], "CinderException"),
    ]

    @Test(arguments: names)
    func `every code has the name of Cinder's exception`(_ code: VolumeError.Code, _ remedies: [Remedy], _ name: String)
    {
        #expect(VolumeError(code, "failed", remedies: remedies).cinderName == name)
    }
}
