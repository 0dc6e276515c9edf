internal import VolumeAPI
internal import VolumeDriver

extension QuotaLimits {
    /// The limits by resource, sizes in bytes; `nil` for a limit that exceeds the range of the type.
    subscript(resource: QuotaResource) -> Int64? {
        get {
            switch resource {
            case .volumes: volumes.map(Int64.init)
            case .gigabytes: gigabytes.flatMap(ByteCount.init(gibibytes:))?.bytes
            case .snapshots: snapshots.map(Int64.init)
            case .groups: groups.map(Int64.init)
            case .perVolumeGigabytes: perVolumeGigabytes.flatMap(ByteCount.init(gibibytes:))?.bytes
            default: nil
            }
        }
        set {
            switch resource {
            case .volumes: volumes = newValue.map { Int(clamping: $0) }
            case .gigabytes: gigabytes = newValue.map { $0 / ByteCount.bytesPerGibibyte }
            case .snapshots: snapshots = newValue.map { Int(clamping: $0) }
            case .groups: groups = newValue.map { Int(clamping: $0) }
            case .perVolumeGigabytes: perVolumeGigabytes = newValue.map { $0 / ByteCount.bytesPerGibibyte }
            default: break
            }
        }
    }
}
