internal import Identity
internal import TaskFlow
internal import VolumeAPI

extension Event: Listable {
    static var plural: String { "events" }

    static let fields: [ListField<Event>] = [
        ListField("time", .time, key: "timestamp", shown: { $0.at.ageOrTime }, of: { .time($0.at) }),
        ListField("event", aliases: ["name"], key: "event_type", of: { .text($0.name) }),
        ListField("object", of: { .text($0.label) }),
        ListField("status", of: { FieldValue($0.payload.status) }),
        ListField("user", of: { FieldValue($0.user) }),
        ListField("why", aliases: ["error"], fit: .shortened, shown: { $0.payload.error?.message ?? "" }) {
            FieldValue($0.payload.error?.message)
        },
        ListField("age", .age, key: "age_seconds", place: .nowhere, of: { .age($0.at) }),
        ListField("id", key: "object_id", place: .nowhere, of: { .text($0.object) }),
        ListField("pool", aliases: ["host"], place: .nowhere, of: { FieldValue($0.payload.host) }),
        ListField("flow", place: .wideTables, of: { FieldValue($0.flow?.description) }),
        ListField("project", place: .nowhere, of: { .text($0.project) }),
        ListField("code", place: .nowhere, of: { FieldValue($0.payload.error?.code) }),
        ListField("step", place: .nowhere, of: { FieldValue($0.payload.error?.step) }),
        ListField("number", .number, place: .nowhere, of: { .number(Double($0.number)) }),
    ]
}

/// An event as JSON, with the members of Cinder's notifications.
struct EventView: Encodable {
    let schema = "volumectl.event/v1"
    let number: Int64
    let timestamp: String
    let eventType: String
    /// `INFO` or `ERROR`.
    let priority: String
    let project: String
    @Nullable var user: String?
    let objectId: String
    let object: String
    @Nullable var flow: String?
    let payload: EventPayload

    init(_ event: Event) {
        (number, timestamp, eventType) = (event.number, event.at.timestamp, event.name)
        priority = event.payload.error == nil ? "INFO" : "ERROR"
        (project, objectId, object, payload) = (event.project, event.object, event.label, event.payload)
        _user = Nullable(wrappedValue: event.user)
        _flow = Nullable(wrappedValue: event.flow?.description)
    }
}
