internal import VolumeAPI
internal import VolumeDriver

/// Something of which a project may use only so much (`cinder: quota resource`). New nouns and volume types add names, not
/// columns.
struct QuotaResource: Sendable, Hashable, Codable {
    /// As it is stored and configured.
    let name: String

    /// How many volumes there are.
    static let volumes = QuotaResource(name: "volumes")
    /// How large the volumes are together.
    static let gigabytes = QuotaResource(name: "gigabytes")
    /// How large a single volume is: nothing that adds up.
    static let perVolumeGigabytes = QuotaResource(name: "per_volume_gigabytes")

    /// Whether its amounts are bytes, and not pieces.
    var isSize: Bool { name.contains("gigabytes") }

    /// An amount as a person reads it: `10 GiB`, `3`.
    func text(_ amount: Int64) -> String {
        guard isSize, let size = ByteCount(bytes: amount) else { return "\(amount)" }
        return "\(size)"
    }
}

/// How much of each resource; sizes in bytes.
typealias QuotaAmounts = [QuotaResource: Int64]

extension QuotaAmounts {
    /// One volume of this size.
    static func volume(_ size: ByteCount) -> Self { [.volumes: 1, .gigabytes: size.bytes] }

    /// Those that add up to more than nothing, sizes first: when several limits are exceeded, the size's is named
    /// (`cinder: process_reserve_over_quota`).
    var inOrder: [(resource: QuotaResource, amount: Int64)] {
        sorted { ($0.key.isSize ? 0 : 1, $0.key.name) < ($1.key.isSize ? 0 : 1, $1.key.name) }
            .map { (resource: $0.key, amount: $0.value) }
    }
}

/// A project would use more of a resource than it may.
struct QuotaExceeded: Error {
    let resource: QuotaResource
    let project: String
    /// What is in use and reserved; `nil` where the amount alone is too much.
    let promised: (inUse: Int64, reserved: Int64)?
    /// How much more was asked for.
    let asked: Int64
    let limit: Int64

    /// The least limit with which it would fit, in pieces or in whole GiB.
    var sufficientLimit: Int64 {
        let sum = Int128(asked) + Int128(promised?.inUse ?? 0) + Int128(promised?.reserved ?? 0)
        let unit = resource.isSize ? Int128(ByteCount.bytesPerGibibyte) : 1
        return Int64(clamping: (sum + unit - 1) / unit)
    }

    /// The numbers that were compared.
    var numbers: String {
        let (asked, limit) = (resource.text(asked), resource.text(limit))
        guard let (inUse, reserved) = promised else {
            return "quota \"\(resource.name)\" is \(limit), asked for \(asked)"
        }
        return "\(resource.text(inUse)) in use + \(resource.text(reserved)) reserved + \(asked) asked > limit \(limit)"
    }
}
