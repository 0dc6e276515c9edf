internal import PoolConfiguration
internal import Varlink
internal import VolumeAPI

extension LocalAPI {
    /// The methods about pools.
    var poolMethods: [Handler] {
        [
            list("ListPools") { (_: NoParameters, client, send) in
                for pool in try await client.poolStatuses() { try await send(try Answer("pool", PoolView(pool))) }
            },
            method("GetPool") { (parameters: OnePool, client) in
                let status = try await explaining(parameters.pool, settings) {
                    try await client.poolStatus(parameters.pool)
                }
                let view = PoolDetailView(
                    status,
                    try await client.poolHealth(parameters.pool),
                    configured: status.report.reportedAt == nil
                        ? settings.driverOptions[status.report.configuredName] ?? [:] : [:]
                )
                return try Answer("detail", view)
            },
            method("DisablePool") { (parameters: OnePool, client) in
                let isDraining = parameters.drain ?? false
                guard isDraining || parameters.reason?.isEmpty == false else {
                    throw CallParameter.refusal(
                        "cannot disable a pool without a reason: other people look for the pool"
                    )
                }
                let disabled = try await explaining(parameters.pool, settings) {
                    try await client.disablePool(parameters.pool, reason: parameters.reason ?? "", drains: isDraining)
                }
                return try Answer("state", PoolStateView(disabled))
            },
            method("EnablePool") { (parameters: OnePool, client) in
                _ = try await explaining(parameters.pool, settings) { try await client.enablePool(parameters.pool) }
                return try Answer("state", PoolStateView(enabled: parameters.pool))
            },
        ]
    }

    /// The methods about hosts.
    var hostMethods: [Handler] {
        [
            list("ListHosts") { (_: NoParameters, client, send) in
                for host in try await client.hosts() { try await send(try Answer("host", HostView(host))) }
            },
            method("GetHost") { (parameters: OneHost, client) in
                try Answer("host", HostView(try await client.host(named: parameters.host)))
            },
            method("DrainHost") { (parameters: OneHost, client) in
                let drained = try await client.drainHost(parameters.host, reason: parameters.reason ?? "")
                return try Answer("host", HostView(drained))
            },
            method("EnableHost") { (parameters: OneHost, client) in
                _ = try await client.enableHost(parameters.host)
                return try Answer("host", HostView(try await client.host(named: parameters.host)))
            },
        ]
    }

    private struct OnePool: Decodable {
        let pool: String
        let reason: String?
        let drain: Bool?
    }

    private struct OneHost: Decodable {
        let host: String
        let reason: String?
    }
}
