internal import VolumeAPI
internal import VolumeDriver

/// A request that would exceed a project's quota.
struct QuotaExceeded: Error {
    /// A limit that would be exceeded.
    struct Excess {
        let resource: QuotaResource
        /// The usage and the reservations; `nil` where the amount alone exceeds the limit.
        let promised: (inUse: Int64, reserved: Int64)?
        /// The additional amount that was requested.
        let asked: Int64
        let limit: Int64

        /// The smallest limit that would suffice, as a count or in whole GiB.
        fileprivate var sufficientLimit: Int64 {
            let sum = Int128(asked) + Int128(promised?.inUse ?? 0) + Int128(promised?.reserved ?? 0)
            let unit = resource.isSize ? Int128(ByteCount.bytesPerGibibyte) : 1
            return Int64(clamping: (sum + unit - 1) / unit)
        }

        fileprivate var numbers: String {
            let (asked, limit) = (resource.text(asked), resource.text(limit))
            guard let (inUse, reserved) = promised else {
                return "quota \"\(resource.name)\" is \(limit), requested: \(asked)"
            }
            return "\(resource.text(inUse)) in use + \(resource.text(reserved)) reserved + \(asked) requested > "
                + "limit \(limit)"
        }
    }

    let project: String
    /// The excess that the error is about.
    let first: Excess
    /// The other limits that would be exceeded.
    let others: [Excess]

    /// `nil` without an excess.
    init?(project: String, _ excesses: [Excess]) {
        guard let first = excesses.first else { return nil }
        (self.project, self.first, others) = (project, first, Array(excesses.dropFirst()))
    }

    /// Whether a single volume would be larger than a volume may be.
    var isOfOneVolume: Bool { first.promised == nil }

    /// The quota that would be exceeded, as the end of a sentence about the request.
    var words: String { "quota \"\(first.resource.name)\" of project \"\(project)\" would be exceeded" }

    /// The numbers that were compared, for each limit that would be exceeded.
    var numbers: String {
        others.reduce(first.numbers) { text, excess in
            text + "; \(excess.resource.name): \(excess.numbers)"
        }
    }

    /// The changes that suffice together for the request.
    var raises: [Remedy] {
        ([first] + others).map { .raiseQuota($0.resource.name, to: $0.sufficientLimit) }
    }
}
