internal import Identity
internal import VolumeDriver

/// A request: one JSON object, which `protocol.schema.json` describes.
struct ExternalRequest: Encodable {
    enum Operation: String, Encodable, CaseIterable {
        case capabilities, create, delete, inspect, list, capacity
        case extend, revert, clone, attach, detach, export, unexport, manage, unmanage
        case createSnapshot = "create-snapshot"
        case deleteSnapshot = "delete-snapshot"
        case inspectSnapshot = "inspect-snapshot"
        case listSnapshots = "list-snapshots"
        case createFromSnapshot = "create-from-snapshot"
        case writeImage = "write-image"
        case readImage = "read-image"
        case inspectAttachment = "inspect-attachment"
        case inspectExport = "inspect-export"
        case listManageable = "list-manageable"
        case setUp = "set-up"
        case checkHealth = "check-health"
        case identify, mark
    }

    var version = ExternalDriver.protocolVersion
    let operation: Operation
    var operationID: OperationID?
    var volume: VolumeID?
    var snapshot: SnapshotID?
    var source: VolumeID?
    var size: ByteCount?
    var image: VolumeImage?
    var bytesPerSecond: ByteCount?
    var type: ExportType?
    var name: String?
    var pool: PoolID?
    var readOnly: Bool?

    enum CodingKeys: String, CodingKey, CaseIterable {
        case version = "protocol"
        case operation, volume, snapshot, source, size, image, type, name, pool
        case operationID = "operation_id"
        case bytesPerSecond = "bytes_per_second"
        case readOnly = "read_only"
    }
}
