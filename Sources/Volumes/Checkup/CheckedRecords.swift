internal import FoundationEssentials
internal import Identity
internal import SQL
internal import TaskFlow
internal import VolumeAPI

/// The records of all projects at one moment, as far as a checkup compares them.
struct CheckedRecords: Sendable {
    let volumes: Listing<Volume>
    let snapshots: Listing<Snapshot>
    let attachments: Listing<Attachment>
    /// The states of the flows that were the last to change a volume or snapshot, of those that are not at rest.
    private let flowStates: [FlowID: FlowState]
    /// The flows that could not be undone and that nobody has given up, oldest first.
    let failedFlows: [FailedFlow]
    /// The time of the newest event; `nil` without any.
    let newestEvent: Date?
    /// How many flows and events are stored.
    let (flowCount, eventCount): (Int64, Int64)

    struct FailedFlow: Sendable {
        let id: FlowID
        let name: String
        let subject: String
        let project: String
    }

    init(in connection: any SQLConnection) throws {
        volumes = try VolumeTable(connection: connection).all()
        snapshots = try SnapshotTable(connection: connection).all()
        attachments = try AttachmentTable(connection: connection).all()
        let unsettled =
            volumes.filter { !$0.status.isAtRest }.map(\.flow) + snapshots.filter { !$0.status.isAtRest }.map(\.flow)
        let table = CheckupTable(connection: connection)
        flowStates = try table.states(of: Set(unsettled))
        failedFlows = try table.failedFlows()
        newestEvent = try table.newestEvent()
        (flowCount, eventCount) = try table.counts()
    }

    /// Whether a flow is still to change what it was the last to change.
    func isGoingOn(_ flow: FlowID) -> Bool { flowStates[flow].map { !$0.isFinished } ?? false }
}
