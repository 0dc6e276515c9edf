internal import Identity
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// The quota that a new volume uses: one volume, and its size if that does not depend on the pool.
struct CreateVolumeQuota: QuotaRequest {
    @Field var volume: VolumeID
    @Field var project: String
    @Field var name: VolumeName?
    @Field var size: ByteCount?
    @Field var freePercent: Int?
    @Field var pool: String?
    @Field var sourceVolume: VolumeID?

    private var requested: RequestedSize {
        get throws(VolumeError) { try RequestedSize(size, percent: freePercent, of: volume) }
    }

    var amounts: QuotaAmounts { get throws { .volume(try requested.reservation) } }
    var ceilings: QuotaAmounts { get throws { [.perVolumeGigabytes: try requested.reservation.bytes] } }

    func refusal(_ error: QuotaExceeded) throws -> VolumeError {
        .overQuota(error, creating: name, volume, try requested, pool: pool, isCopy: sourceVolume != nil)
    }
}

extension VolumeError {
    /// A create request that would exceed a quota.
    static func overQuota(
        _ error: QuotaExceeded,
        creating name: VolumeName?,
        _ volume: VolumeID,
        _ size: RequestedSize,
        pool: String?,
        isCopy: Bool
    ) -> VolumeError {
        let asked = cannotCreate(name?.description ?? volume.description, size)
        let raise = Remedy.raiseQuota(error.resource.name, to: error.sufficientLimit)
        guard error.promised == nil else {
            return VolumeError(
                .quotaExceeded,
                "\(asked): quota \"\(error.resource.name)\" of project \"\(error.project)\" would be exceeded",
                cause: error.numbers,
                remedies: [.showQuota, .listVolumes, raise]
            )
        }
        let largest = ByteCount(bytes: error.limit) ?? .zero
        return VolumeError(
            .quotaExceeded,
            "\(asked): it exceeds the limit on the size of a volume",
            cause: error.numbers,
            // A copy can't be smaller than its source.
            remedies: (isCopy ? [] : [.createVolume(size: largest, name: name, pool: pool)]) + [raise]
        )
    }
}
