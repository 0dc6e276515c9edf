internal import Programs
internal import VolumeDriver

/// A pool's usage according to `ceph df`.
struct PoolUsage: Decodable, Sendable {
    struct Statistics: Decodable, Sendable {
        /// The written data, without replication.
        let stored: ByteCount
        /// The space that can still be written, without replication.
        let available: ByteCount
        /// The pool's quota; zero for none.
        let quota: ByteCount?

        private enum CodingKeys: String, CodingKey {
            case stored
            case available = "max_avail"
            case quota = "quota_bytes"
        }
    }

    private struct Report: Decodable {
        let pools: [PoolUsage]
    }

    let name: String
    let stats: Statistics

    static func ask(_ tool: CephTool, _ action: String) async throws(DriverError) -> PoolUsage {
        let access = tool.access
        let words =
            ["--conf", access.configuration, "--id", access.user, "--connect-timeout", "15"]
            + (access.keyring.map { ["--keyring", $0] } ?? []) + ["df", "detail", "--format", "json"]
        let call = ProgramCall("ceph", words, outputLimit: 16 << 20)
        let answer: CephTool.Answer
        do throws(DriverError) {
            answer = try await tool.run(call, action, expecting: [.failed])
        } catch {
            let code = error.code == .broken ? .retryableElsewhere : error.code
            throw DriverError(code, error.message, cause: error.cause, remedy: error.remedy)
        }
        // This status of `ceph` has many causes.
        guard answer.errno == nil else {
            let remedy =
                "check whether the cluster answers: `ceph --conf \(access.configuration) --id \(access.user) health`"
            throw DriverError(.retryableElsewhere, "cannot \(action)", answer.call, answer.result, remedy: remedy)
        }
        guard let pool = try answer.decoded(Report.self, action).pools.first(where: { $0.name == access.pool }) else {
            throw DriverError(
                .retryableElsewhere,
                "cannot \(action): the cluster has no such pool",
                remedy: "create it: `ceph osd pool create \(access.pool)`, then `rbd pool init \(access.pool)`"
            )
        }
        return pool
    }

    /// Converts to a capacity, within the quota.
    func capacity(of access: CephAccess) -> PoolCapacity {
        var free = stats.available
        if let quota = stats.quota, quota > .zero { free = min(free, quota.subtracting(stats.stored)) }
        let total = stats.stored.adding(free) ?? free
        return PoolCapacity(
            total: total,
            free: free,
            data: SpaceUsage(used: stats.stored, total: total),
            backing: "pool '\(access.pool)' of \(access.cluster)"
        )
    }
}
