internal import FoundationEssentials
internal import Identity
internal import SQLStore
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// Stores the events of flows: one when a flow begins, and one when it has ended.
enum EventRecorder {
    static func began(_ flow: FlowDetail, in transaction: SQLTransaction) throws {
        guard let subject = EventSubject(flow) else { return }
        let payload = try subject.payload(in: transaction)
        try record(subject, "start", of: flow, by: transaction.requester, payload, in: transaction)
    }

    static func ended(_ end: FlowEnd, in transaction: SQLTransaction) throws {
        guard let subject = EventSubject(end.detail) else { return }
        func start() throws -> Event? {
            try EventTable(connection: transaction.connection).last(of: end.flow, object: subject.id)
        }
        var payload = try subject.payload(in: transaction, before: try start()?.payload)
        if end.state != .success { payload.error = EventError(end) }
        try record(
            subject,
            end.state == .success ? "end" : "error",
            of: end.detail,
            // A process that was not asked to begin the flow may end it.
            by: try transaction.requester ?? start()?.user,
            payload,
            in: transaction
        )
    }

    private static func record(
        _ subject: EventSubject,
        _ phase: String,
        of flow: FlowDetail,
        by user: String?,
        _ payload: EventPayload,
        in transaction: SQLTransaction
    ) throws {
        let project = payload.tenantID ?? flow.scope ?? ""
        var payload = payload
        (payload.tenantID, payload.userID) = (project, user)
        try EventTable(connection: transaction.connection)
            .insert(
                Event(
                    at: Date(),
                    name: "\(subject.name).\(phase)",
                    project: project,
                    user: user,
                    object: subject.id,
                    label: flow.subject,
                    flow: flow.id,
                    payload: payload
                )
            )
    }
}

/// The object that a flow's events are about.
private struct EventSubject {
    /// The members of requests that say what a flow is about. All of them are optional, as each kind of flow has its own.
    private struct Request: Decodable {
        let volume: VolumeID?
        let snapshot: SnapshotID?
        let name: String?
        let size: Int64?
        let pool: String?
        let type: String?
        let sourceVolume: VolumeID?
        let sourceSnapshot: SnapshotID?
    }

    /// In Cinder's words: `volume.create`.
    let name: String
    let id: String
    private let request: Request
    private let isSnapshot: Bool
    private let isDeletion: Bool

    /// Returns `nil` for a flow that is about no volume or snapshot.
    init?(_ flow: FlowDetail) {
        guard let request = try? JSONDecoder().decode(Request.self, from: Data(flow.request.utf8)) else { return nil }
        let words = flow.name.split(separator: "-").map(String.init)
        guard words.count >= 2 else { return nil }
        let (verb, noun) = (words.dropLast().joined(separator: "_"), words[words.count - 1])
        self.request = request
        isSnapshot = noun == "snapshot"
        guard let id = isSnapshot ? request.snapshot?.description : request.volume?.description else { return nil }
        self.id = id
        isDeletion = verb == "delete"
        name = "\(noun).\(Self.actions[verb] ?? verb)"
    }

    /// Cinder's words where they are others.
    private static let actions = ["extend": "resize", "adopt": "manage_existing", "forget": "unmanage"]

    /// What is known of the object now; of an object that is gone, what was known `before`.
    func payload(
        in transaction: SQLTransaction,
        before: @autoclosure () throws -> EventPayload? = nil
    ) throws -> EventPayload {
        if isSnapshot, let id = request.snapshot {
            if let snapshot = try readable({ try SnapshotTable(connection: transaction.connection).find(id) }) {
                return EventPayload(snapshot)
            }
        } else if let id = request.volume {
            if let volume = try readable({ try VolumeTable(connection: transaction.connection).find(id) }) {
                return EventPayload(volume)
            }
        }
        guard var payload = try before() else { return requested }
        payload.status = isDeletion ? "deleted" : payload.status
        return payload
    }

    /// What the request says of an object that does not exist yet.
    private var requested: EventPayload {
        var payload = EventPayload()
        payload.volumeID = request.volume?.description
        payload.snapshotID = (request.snapshot ?? request.sourceSnapshot)?.description
        payload.sourceVolumeID = request.sourceVolume?.description
        payload.displayName = request.name ?? ""
        payload.setSize(request.size.flatMap(ByteCount.init(bytes:)))
        payload.status = "creating"
        payload.volumeType = request.type
        payload.host = request.pool
        return payload
    }

    /// The record; `nil` for one that can't be read, because an event must not keep a flow from going on.
    private func readable<Record>(_ find: () throws -> Record?) throws -> Record? {
        do {
            return try find()
        } catch is UnreadableRow {
            return nil
        }
    }
}

extension Event {
    /// The event of a change without a flow.
    init(_ name: String, _ volume: Volume, by scope: Scope) {
        var payload = EventPayload(volume)
        payload.userID = scope.user
        self.init(
            at: Date(),
            name: name,
            project: volume.project,
            user: scope.user,
            object: volume.id.description,
            label: volume.label,
            flow: nil,
            payload: payload
        )
    }
}

extension EventPayload {
    init(_ volume: Volume) {
        self.init()
        (tenantID, volumeID, displayName) = (volume.project, volume.id.description, volume.name?.description ?? "")
        (status, volumeType, host) = (volume.status.rawValue, volume.type, volume.pool)
        (snapshotID, sourceVolumeID) = (volume.sourceSnapshot?.description, volume.sourceVolume?.description)
        createdAt = volume.createdAt.formatted(.iso8601)
        metadata = volume.attributes.labels
        setSize(volume.size)
    }

    init(_ snapshot: Snapshot) {
        self.init()
        (tenantID, snapshotID) = (snapshot.project, snapshot.id.description)
        (volumeID, displayName) = (snapshot.volume.description, snapshot.name?.description ?? "")
        (status, host, createdAt) = (snapshot.status.rawValue, snapshot.pool, snapshot.createdAt.formatted(.iso8601))
        setSize(snapshot.size)
    }

    fileprivate mutating func setSize(_ bytes: ByteCount?) {
        guard let bytes, bytes > .zero else { return }
        sizeBytes = bytes.bytes
        size = (bytes.bytes - 1) >> 30 + 1
    }
}

extension EventError {
    fileprivate init(_ end: FlowEnd) {
        let failures = end.failures + end.revertFailures
        let code: VolumeError.Code =
            if end.state == .failure {
                .revertIncomplete
            } else if failures.contains(where: { $0.error(as: FlowCancelled.self) != nil }) {
                .cancelled
            } else {
                failures.lazy.compactMap { $0.error(as: VolumeError.self)?.code }.first
                    ?? failures.lazy.compactMap(\.driverError).first.map { VolumeError.Code($0.code) }
                    ?? (failures.contains { $0.error(as: PoolAttempts.self) != nil } ? .driverFailed : .unexpected)
            }
        var messages: [String] = []
        for failure in failures where !messages.contains(failure.message) { messages.append(failure.message) }
        self.init(code: code.description, step: end.failedStep, message: messages.joined(separator: "; "))
    }
}
