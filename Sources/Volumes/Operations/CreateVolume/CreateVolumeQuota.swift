internal import Identity
internal import SQL
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
    @Field var type: String?
    @Field var sourceImage: SourceImage?

    private var requested: RequestedSize {
        get throws(VolumeError) { try RequestedSize(size, percent: freePercent, of: volume) }
    }

    var amounts: QuotaAmounts { get throws { .volume(try requested.reservation, type: nil) } }
    var ceilings: QuotaAmounts { get throws { [.perVolumeGigabytes: try requested.reservation.bytes] } }

    func type(in connection: any SQLConnection) -> String? { type }

    func refusal(_ error: QuotaExceeded) throws -> VolumeError {
        .overQuota(
            error,
            creating: name,
            volume,
            try requested,
            pool: pool,
            isCopy: sourceVolume != nil || sourceImage != nil
        )
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
        guard error.isOfOneVolume else {
            return VolumeError(
                .quotaExceeded,
                "\(asked): \(error.words)",
                cause: error.numbers,
                remedies: error.raises + [.showQuota, .listVolumes]
            )
        }
        let largest = ByteCount(bytes: error.first.limit) ?? .zero
        return VolumeError(
            .quotaExceeded,
            "\(asked): it exceeds the limit on the size of a volume",
            cause: error.numbers,
            // A copy can't be smaller than its source, nor than its image.
            remedies: (isCopy ? [] : [.createVolume(size: largest, name: name, pool: pool)]) + error.raises
        )
    }
}
