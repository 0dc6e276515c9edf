internal import FoundationEssentials
internal import Identity
internal import SQLStore
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// Stores the events of flows: when a flow begins, and when it has ended, one about each of its objects.
enum EventRecorder {
    static func began(_ flow: FlowDetail, _ request: RequestValues, in transaction: SQLTransaction) throws {
        for subject in EventSubject.all(of: flow, request) {
            let (label, payload) = try subject.facts(of: flow, in: transaction)
            try record(subject, "start", of: flow, by: transaction.requester, label, payload, in: transaction)
        }
    }

    static func ended(_ end: FlowEnd, in transaction: SQLTransaction) throws {
        for subject in EventSubject.all(of: end.detail, end.request) {
            func start() throws -> Event? {
                try EventTable(connection: transaction.connection).last(of: end.flow, object: subject.id)
            }
            var (label, payload) = try subject.facts(
                of: end.detail,
                at: end.state,
                in: transaction,
                before: try start()
            )
            if end.state != .success { payload.error = EventError(end) }
            try record(
                subject,
                end.state == .success ? "end" : "error",
                of: end.detail,
                // A process that was not asked to begin the flow may end it.
                by: try transaction.requester ?? start()?.user,
                label,
                payload,
                in: transaction
            )
        }
    }

    private static func record(
        _ subject: EventSubject,
        _ phase: String,
        of flow: FlowDetail,
        by user: String?,
        _ label: String,
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
                    label: label,
                    flow: flow.id,
                    payload: payload
                )
            )
    }
}

extension Event {
    /// The event of a change without a flow.
    init(_ name: String, _ volume: Volume, by scope: Scope) {
        self.init(name, EventPayload(volume), of: volume.id.description, in: volume.project, volume.label, by: scope)
    }

    /// The event of a change without a flow.
    init(_ name: String, _ snapshot: Snapshot, by scope: Scope) {
        let id = snapshot.id.description
        self.init(name, EventPayload(snapshot), of: id, in: snapshot.project, snapshot.label, by: scope)
    }

    private init(
        _ name: String,
        _ payload: EventPayload,
        of object: String,
        in project: String,
        _ label: String,
        by scope: Scope
    ) {
        self.init(name, of: object, in: project, label: label, by: scope) { known in
            known = payload
            known.userID = scope.user
        }
    }
}

extension Event {
    /// The event of a change without a flow, of something that is neither a volume nor a snapshot.
    ///
    /// - Parameters:
    ///   - object: the id or name of what was changed.
    ///   - project: the project that is told; `nil` for that of the user.
    ///   - label: the object's label for people; `nil` for its id or name.
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

    mutating func setSize(_ bytes: ByteCount?) {
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
