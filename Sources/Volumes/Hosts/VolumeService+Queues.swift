internal import FoundationEssentials
internal import SQL
internal import SQLStore
internal import TaskFlow
internal import VolumeAPI

/// Flows that wait for hosts.
extension VolumeService {
    /// Whether a flow waits for this host's worker, which is there to take it up.
    func isLeftToWorker(_ flow: FlowDetail) async throws -> Bool {
        guard flow.place != nil else { return false }
        return try await isWorkerUp()
    }

    /// Whether this host has a worker that reports in time.
    func isWorkerUp() async throws -> Bool {
        guard let host = registry.host else { return false }
        return try await knownHosts().contains { $0.name == host.name && $0.state == .up }
    }

    /// Tells the caller for which host its flow waits, and whether that host's worker is there.
    func tellOfWait(for place: Place, _ flow: FlowID) async {
        let hosts = (try? await knownHosts()) ?? []
        let servers = hosts.filter { host in
            place.pool.map { host.pools.contains($0) || PoolName($0).host == host.name } ?? (place == .host(host.name))
        }
        let problem: String? =
            if servers.contains(where: { $0.state == .up }) {
                nil
            } else if servers.isEmpty {
                "no worker that serves it has ever reported"
            } else {
                servers.map { "the worker of host \($0.name) \($0.absence)" }.joined(separator: ", ")
            }
        tell(.handedOver(flow, to: place.words, problem: problem))
    }

    /// The flows that wait for this host: those that were handed over to it, and those that processes have left behind.
    ///
    /// - Parameter limit: how many to return for each place.
    func queue(limit: Int) async throws -> [FlowDetail] {
        guard case .only(let places) = registry.places else { return try await store.abandoned() + store.suspended() }
        var flows: [FlowDetail] = []
        for place in places { flows += try await store.waiting(for: place, limit: limit) }
        return try await flows + store.abandoned() + store.suspended(serving: .only([]))
    }
}

extension HostStatus {
    /// A predicate about the worker of a host that is not up.
    fileprivate var absence: String {
        let time = reportedAt.formatted(.iso8601)
        return state == .stopped ? "was stopped at \(time)" : "last reported at \(time), \(Int(age)) s ago"
    }
}
