internal import Identity
internal import VolumeDriver

/// The result of a call without a value.
struct Done: Decodable {}

/// The executable's description of itself.
struct Described: Decodable {
    let thin: Bool
    let granule: ByteCount
    let features: DriverFeatures
    let imageFormats: Set<ImageFormat>?
    let exportTypes: Set<ExportType>?
    let location: String?

    enum CodingKeys: String, CodingKey {
        case thin, granule, features, location
        case imageFormats = "image_formats"
        case exportTypes = "export_types"
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        thin = try container.decode(Bool.self, forKey: .thin)
        granule = try container.decode(ByteCount.self, forKey: .granule)
        features = try container.decode(DriverFeatures.self, forKey: .features)
        let formats = try container.decodeIfPresent([String].self, forKey: .imageFormats)
        imageFormats = formats.map { Set($0.compactMap(ImageFormat.init(rawValue:))) }
        exportTypes = try container.decodeIfPresent(Set<ExportType>.self, forKey: .exportTypes)
        location = try container.decodeIfPresent(String.self, forKey: .location)
        guard granule > .zero else {
            throw DecodingError.dataCorruptedError(forKey: .granule, in: container, debugDescription: "it is 0")
        }
    }
}

/// The state of a volume or a snapshot.
struct Presence: Decodable {
    let presence: VolumePresence

    enum CodingKeys: CodingKey {
        case presence, size
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        switch try container.decode(String.self, forKey: .presence) {
        case "absent": presence = .absent
        case "partial": presence = .partial
        case "complete": presence = .complete(try container.decode(ByteCount.self, forKey: .size))
        case let other:
            throw DecodingError.dataCorruptedError(
                forKey: .presence,
                in: container,
                debugDescription: "'\(other)' is not absent, partial or complete"
            )
        }
    }

    /// The state of a listed object.
    func listed() throws -> VolumePresence {
        guard presence != .absent else {
            let context = DecodingError.Context(codingPath: [], debugDescription: "an absent object is listed")
            throw DecodingError.dataCorrupted(context)
        }
        return presence
    }
}

/// The pool's volumes.
struct Volumes: Decodable {
    struct Item: Decodable {
        let value: BackendVolume

        enum CodingKeys: CodingKey {
            case volume
        }

        init(from decoder: any Decoder) throws {
            let id = try decoder.container(keyedBy: CodingKeys.self).decode(VolumeID.self, forKey: .volume)
            value = BackendVolume(id: id, presence: try Presence(from: decoder).listed())
        }
    }

    let volumes: [Item]
}

/// The pool's snapshots.
struct Snapshots: Decodable {
    struct Item: Decodable {
        let value: BackendSnapshot

        enum CodingKeys: CodingKey {
            case snapshot, volume
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            value = BackendSnapshot(
                id: try container.decode(SnapshotID.self, forKey: .snapshot),
                of: try container.decode(VolumeID.self, forKey: .volume),
                presence: try Presence(from: decoder).listed()
            )
        }
    }

    let snapshots: [Item]
}

/// A volume's attachment, if any.
struct Attachment: Decodable {
    private struct Place: Decodable {
        let path: String
        let format: ImageFormat?
        let device: Bool
        let readOnly: Bool?

        enum CodingKeys: String, CodingKey {
            case path, format, device
            case readOnly = "read_only"
        }
    }

    enum CodingKeys: CodingKey {
        case attachment
    }

    let attachment: LocalAttachment?

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        attachment = try container.decodeIfPresent(Place.self, forKey: .attachment)
            .map { place in
                guard place.path.hasPrefix("/"), !place.path.utf8.contains(0) else {
                    throw DecodingError.dataCorruptedError(
                        forKey: .attachment,
                        in: container,
                        debugDescription: "'\(place.path)' is not an absolute path"
                    )
                }
                return LocalAttachment(
                    path: place.path,
                    format: place.format ?? .raw,
                    isDevice: place.device,
                    isReadOnly: place.readOnly ?? false
                )
            }
    }
}

/// A volume's export, if any.
struct Export: Decodable {
    private struct Server: Decodable {
        let type: ExportType
        let uri: String
        let readOnly: Bool?

        enum CodingKeys: String, CodingKey {
            case type, uri
            case readOnly = "read_only"
        }
    }

    enum CodingKeys: CodingKey {
        case export
    }

    let export: VolumeExport?

    init(from decoder: any Decoder) throws {
        export = try decoder.container(keyedBy: CodingKeys.self).decodeIfPresent(Server.self, forKey: .export)
            .map { VolumeExport(type: $0.type, uri: $0.uri, isReadOnly: $0.readOnly ?? false) }
    }
}

/// Foreign objects.
struct Manageable: Decodable {
    let objects: [ManageableObject]
}

/// A size: of a managed volume, or of transferred data.
struct Sized: Decodable {
    let size: ByteCount
}

/// The id in the pool's mark, if any.
struct PoolMark: Decodable {
    let pool: PoolID?
}

/// The findings of a health check.
struct Findings: Decodable {
    struct Item: Decodable {
        let severity: HealthFinding.Severity
        let subject: String
        let message: String
        let remedy: String?

        var finding: HealthFinding {
            let remedy = remedy?.printable ?? "ask the author of the driver"
            return switch severity {
            case .ok: .ok(subject.printable, message.printable)
            case .warning: .warning(subject.printable, message.printable, remedy: remedy)
            case .failure: .failure(subject.printable, message.printable, remedy: remedy)
            }
        }
    }

    let findings: [Item]
}
