internal import Identity
internal import SQLStore
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// An object that a flow's events are about.
struct EventSubject {
    private enum Object {
        case volume(VolumeID)
        case snapshot(SnapshotID, of: VolumeID?)
        case group(GroupID)
    }

    /// In Cinder's words: `volume.create`.
    let name: String
    private let object: Object
    /// Whether the flow's subject is this object.
    private let isMain: Bool
    private let request: RequestValues

    private init(_ name: String, _ object: Object, isMain: Bool = true, _ request: RequestValues) {
        (self.name, self.object, self.isMain, self.request) = (name, object, isMain, request)
    }

    /// The objects that a flow is about, its subject first; none for a flow that is about no volume, snapshot or group.
    static func all(of flow: FlowDetail, _ request: RequestValues) -> [EventSubject] {
        if flow.name == "create-group-snapshot", let group: GroupID = request["group"] {
            let members: [CreateGroupSnapshotRequest.Member] = request["members"] ?? []
            return [EventSubject("group_snapshot.create", .group(group), request)]
                + members.map {
                    EventSubject("snapshot.create", .snapshot($0.snapshot, of: $0.volume), isMain: false, request)
                }
        }
        if flow.name == "revert-volume", let volume: VolumeID = request["revertedVolume"],
            let target: SnapshotID = request["target"]
        {
            return [
                EventSubject("volume.revert", .volume(volume), request),
                EventSubject("snapshot.revert", .snapshot(target, of: volume), isMain: false, request),
            ]
        }
        guard let dash = flow.name.utf8.lastIndex(of: UInt8(ascii: "-")) else { return [] }
        let noun = String(flow.name[flow.name.utf8.index(after: dash)...])
        let verb = String(flow.name[..<dash])
        let name = "\(noun).\(actions[verb] ?? verb)"
        let volume: VolumeID? = request["volume"]
        guard noun == "snapshot" else { return volume.map { [EventSubject(name, .volume($0), request)] } ?? [] }
        let snapshot: SnapshotID? = request["snapshot"]
        return snapshot.map { [EventSubject(name, .snapshot($0, of: volume), request)] } ?? []
    }

    /// Cinder's words where they are others.
    private static let actions = ["extend": "resize", "adopt": "manage_existing", "forget": "unmanage"]

    var id: String {
        switch object {
        case .volume(let id): id.description
        case .snapshot(let id, _): id.description
        case .group(let id): id.description
        }
    }

    /// The object's label for people, and what is known of it now; of an object that is gone, what was known `before`.
    ///
    /// - Parameter state: the flow's state at its end; `nil` at its start.
    func facts(
        of flow: FlowDetail,
        at state: FlowState? = nil,
        in transaction: SQLTransaction,
        before: @autoclosure () throws -> Event? = nil
    ) throws -> (label: String, EventPayload) {
        let volumes = VolumeTable(connection: transaction.connection)
        switch object {
        // What a flow is to create is not there at its start, and what it has removed is not there at its end.
        case .volume where state == nil && name.hasSuffix(".create"): break
        case .volume where state == .success && name.hasSuffix(".delete"): break
        case .volume(let id):
            if let volume = try readable({ try volumes.find(id) }) {
                var payload = EventPayload(volume)
                if [.attaching, .inUse, .detaching].contains(volume.status) {
                    payload.attachments = try readable {
                        try AttachmentTable(connection: transaction.connection).list(of: id).map(EventAttachment.init)
                    }
                }
                return (flow.subject, payload)
            }
        case .snapshot(let id, _):
            let found = try readable { try SnapshotTable(connection: transaction.connection).find(id) }
            if let found { return (isMain ? flow.subject : found.label, EventPayload(found)) }
        case .group: break
        }
        if let event = try before() {
            var payload = event.payload
            if state == .success {
                // A snapshot of a group has no record of its own.
                if case .group = object { payload.status = "available" }
                if name.hasSuffix(".delete") { payload.status = "deleted" }
            }
            return (event.label, payload)
        }
        guard !isMain, case .snapshot(let id, let volume?) = object else { return (flow.subject, requested) }
        let label = try readable { try volumes.find(volume) }?.label ?? volume.description
        return (SnapshotReference.label(id, named: request["name"], of: label), requested)
    }

    /// The facts in the request, of an object that does not exist yet.
    private var requested: EventPayload {
        var payload = EventPayload()
        payload.volumeID = request["volume", as: VolumeID.self]?.description
        payload.groupID = request["group", as: GroupID.self]?.description
        payload.snapshotID = request["sourceSnapshot", as: SnapshotID.self]?.description
        if case .snapshot(let id, let volume) = object {
            (payload.snapshotID, payload.volumeID) = (id.description, volume?.description)
        }
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
