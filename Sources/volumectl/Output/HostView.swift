internal import Foundation
internal import VolumeAPI

/// A host as JSON.
struct HostView: Encodable {
    let schema = "volumectl.worker/v1"
    let host: String
    /// `up`, `drained`, `stopped` or `silent`.
    let state: String
    let worker: String
    let since: String
    let reportedAt: String
    let reportAgeSeconds: Double
    let pools: [String]
    let waitingFlows: Int
    @Nullable var waitingSince: String?
    @Nullable var drainedSince: String?
    @Nullable var drainedBy: String?
    @Nullable var drainedReason: String?
    /// The version of the worker's program.
    @Nullable var version: String?
    /// The waiting flows that the worker can't carry on.
    let refusals: [FlowRefusal]

    init(_ status: HostStatus) {
        (host, state, worker) = (status.name, status.word, status.worker)
        (since, reportedAt) = (status.since.timestamp, status.reportedAt.timestamp)
        refusals = status.refusals
        _version = Nullable(wrappedValue: status.version)
        (reportAgeSeconds, pools, waitingFlows) = (status.age, status.pools, status.waitingFlows)
        _waitingSince = Nullable(wrappedValue: status.waitingSince?.timestamp)
        _drainedSince = Nullable(wrappedValue: status.draining?.since.timestamp)
        _drainedBy = Nullable(wrappedValue: status.draining?.user)
        _drainedReason = Nullable(wrappedValue: status.draining?.reason)
    }

    static func lines(_ status: HostStatus, as format: OutputFormat) -> [String] {
        var rows = [["host", status.name], ["state", state(status)]]
        if let draining = status.draining {
            rows += [["new volumes", "none: \(draining)"], ["try", Remedy.enableHost(status.name).text]]
        }
        let version = status.version.map { ", version \($0)" } ?? ""
        rows += [
            ["worker", "\(status.worker), since \(status.since.timestamp)\(version)"],
            ["reported", "\(status.reportedAt.timestamp), \(status.age.duration) ago"],
            ["pools", status.pools.isEmpty ? "-" : status.pools.joined(separator: ", ")],
        ]
        let flows = status.waitingFlows
        let since = status.waitingSince.map { ", the oldest since \($0.timestamp)" } ?? ""
        rows.append(["waiting", flows == 0 ? "-" : "\(flows.of("flow"))\(since)"])
        rows += status.refusals.map { ["can't run", "flow \($0.flow.shortened): \($0.reason)"] }
        return Table.details(rows, as: format)
    }

    private static func state(_ status: HostStatus) -> String {
        switch status.state {
        case .up: "up"
        case .stopped: "stopped: start volumed on host \(status.name)"
        case .silent: "silent: its last report is too old; look whether volumed runs on host \(status.name)"
        }
    }
}
