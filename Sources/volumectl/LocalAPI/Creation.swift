internal import Identity
internal import VolumeAPI
internal import VolumeDriver

/// The parameters of the methods about a new volume.
struct Creation: Decodable {
    let name: String?
    let sizeBytes: Int64?
    let pool: String?
    let type: String?
    let group: String?
    let snapshot: String?
    let source: String?
    let zone: String?
    let near: [String]?
    let apartFrom: [String]?
    let hints: [String: String]?
    let description: String?
    let labels: [String: String]?
    let protected: Bool?
    let bootable: Bool?
    let readOnly: Bool?
    let multiattach: Bool?
    let keyID: String?
    let id: String?
    let idempotencyKey: String?
    let waitSeconds: Int64?

    private enum CodingKeys: String, CodingKey {
        case name, pool, type, group, snapshot, source, zone, near, hints, description, labels, protected, bootable
        case multiattach, id
        case sizeBytes = "size_bytes"
        case apartFrom = "apart_from"
        case readOnly = "read_only"
        case keyID = "key_id"
        case idempotencyKey = "idempotency_key"
        case waitSeconds = "wait_seconds"
    }

    /// The requested volume.
    ///
    /// - Throws: ``VolumeError`` `invalidInput`.
    func request(_ settings: Settings) throws(VolumeError) -> VolumeRequest {
        guard snapshot == nil || source == nil else {
            throw CallParameter.refusal("cannot create a volume: 'snapshot' and 'source' exclude each other")
        }
        guard sizeBytes != nil || snapshot != nil || source != nil else {
            throw CallParameter.refusal("cannot create a volume: neither 'size_bytes' nor a source is given")
        }
        var size: SizeExpression?
        if let sizeBytes { size = try CallParameter.size(bytes: sizeBytes) }
        var request = VolumeRequest(
            name: try CallParameter.name(name),
            size: size,
            source: snapshot.map(VolumeSource.snapshot) ?? source.map(VolumeSource.volume),
            pool: pool,
            id: try CallParameter.id(id, as: "volume")
        )
        (request.type, request.group) = (type, group)
        if let idempotencyKey { request.idempotencyKey = try IdempotencyKey(validating: idempotencyKey) }
        let placement = PlacementRequest(zone: zone, near: near ?? [], apartFrom: apartFrom ?? [], hints: hints ?? [:])
        request.placement = placement == PlacementRequest() ? nil : placement
        request.attributes = VolumeAttributes(
            description: description ?? "",
            labels: labels ?? [:],
            isProtected: protected ?? false,
            isBootable: bootable ?? false,
            isReadOnly: readOnly ?? false,
            isMultiattach: multiattach ?? false,
            keyID: keyID
        )
        return request.withDefaults(of: settings)
    }
}
