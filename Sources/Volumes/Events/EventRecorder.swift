internal import FoundationEssentials
internal import Identity
internal import SQLStore
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// Stores the events of flows: one when a flow begins, and one when it has ended.
enum EventRecorder {
    static func began(_ flow: FlowDetail, _ request: RequestValues, in transaction: SQLTransaction) throws {
        guard let subject = EventSubject(flow, request) else { return }
        let payload = try subject.payload(in: transaction)
        try record(subject, "start", of: flow, by: transaction.requester, payload, in: transaction)
    }

    static func ended(_ end: FlowEnd, in transaction: SQLTransaction) throws {
        guard let subject = EventSubject(end.detail, end.request) else { return }
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
    /// In Cinder's words: `volume.create`.
    let name: String
    let id: String
    private let request: RequestValues
    private let snapshot: SnapshotID?
    private let volume: VolumeID?
    private let isDeletion: Bool

    /// Returns `nil` for a flow that is about no volume, snapshot or group.
    init?(_ flow: FlowDetail, _ request: RequestValues) {
        if flow.name == "create-group-snapshot", let group: GroupID = request["group"] {
            (self.request, snapshot, volume, isDeletion) = (request, nil, nil, false)
            (name, id) = ("group_snapshot.create", group.description)
            return
        }
        guard let dash = flow.name.utf8.lastIndex(of: UInt8(ascii: "-")) else { return nil }
        let noun = String(flow.name[flow.name.utf8.index(after: dash)...])
        var verb = String(flow.name[..<dash])
        if verb.utf8.contains(UInt8(ascii: "-")) { verb = String(verb.map { $0 == "-" ? "_" : $0 }) }
        self.request = request
        snapshot = noun == "snapshot" ? request["snapshot"] : nil
        volume = noun == "snapshot" ? nil : request["volume"]
        guard let id = snapshot?.description ?? volume?.description else { return nil }
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
        if let id = snapshot {
            if let snapshot = try readable({ try SnapshotTable(connection: transaction.connection).find(id) }) {
                return EventPayload(snapshot)
            }
        } else if let id = volume {
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
        payload.volumeID = request["volume", as: VolumeID.self]?.description
        payload.groupID = request["group", as: GroupID.self]?.description
        payload.snapshotID = (snapshot ?? request["sourceSnapshot"])?.description
        payload.sourceVolumeID = request["sourceVolume", as: VolumeID.self]?.description
        payload.displayName = request["name", as: VolumeName.self]?.description ?? ""
        payload.setSize(request["size"])
        payload.status = "creating"
        payload.volumeType = request["type"]
        payload.host = request["pool"]
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

extension Event {
    /// The event of a change without a flow, of something that is no volume.
    ///
    /// - Parameters:
    ///   - object: the id or name of what was changed.
    ///   - project: the project that is told; `nil` for that of the user.
    ///   - label: what people call the object; `nil` for its id or name.
    ///   - describe: says what is known of the object.
    init(
        _ name: String,
        of object: String,
        in project: String? = nil,
        label: String? = nil,
        by scope: Scope,
        describe: (inout EventPayload) -> Void
    ) {
        var payload = EventPayload()
        (payload.tenantID, payload.userID) = (project ?? scope.project, scope.user)
        describe(&payload)
        self.init(
            at: Date(),
            name: name,
            project: project ?? scope.project,
            user: scope.user,
            object: object,
            label: label ?? object,
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
