internal import FoundationEssentials
internal import Identity
internal import VolumeAPI
internal import VolumeDriver

/// What Nomad's client asks of its plugin for a dynamic host volume, as the variables of the call say
/// (`nomad: host volume plugins, specification`).
struct NomadRequest: Sendable {
    /// What the author of a volume's specification can choose.
    struct Parameters: Sendable {
        var pool: String?
        var type: String?
        var fileSystem: FileSystemType?
    }

    /// Nomad's id of the volume, which is the volume's id here, too. A repeated call so finds the same volume.
    let id: VolumeID
    /// The directory at which the volume is mounted. It is made of Nomad's directory and the id alone, because the
    /// author of a specification chooses the name.
    let directory: String
    private let variables: [String: String]

    /// Reads the variables that every call needs.
    ///
    /// - Throws: `invalidInput`.
    init(_ variables: [String: String]) throws(VolumeError) {
        let text = variables["DHV_VOLUME_ID"] ?? ""
        guard let id = VolumeID(text) else {
            throw .nomad("DHV_VOLUME_ID is \(text.quoted)", rule: "Nomad's ids are UUIDs")
        }
        let place = variables["DHV_VOLUMES_DIR"] ?? ""
        guard place.hasPrefix("/") else {
            throw .nomad(
                "DHV_VOLUMES_DIR is \(place.quoted)",
                rule: "it is the absolute path of Nomad's directory of volumes"
            )
        }
        self.id = id
        directory = "\(place)/\(id)"
        self.variables = variables
    }

    /// The smallest size that the volume may have; zero for any.
    ///
    /// - Throws: `invalidInput`.
    var minimum: ByteCount { get throws(VolumeError) { try bytes("DHV_CAPACITY_MIN_BYTES") } }

    /// The size of a new volume: the smallest that is allowed. A pool rounds it up to whole allocation units.
    ///
    /// - Throws: `invalidInput`.
    private var size: ByteCount {
        get throws(VolumeError) {
            let (least, most) = (try minimum, try bytes("DHV_CAPACITY_MAX_BYTES"))
            guard most == .zero || least <= most else {
                throw .nomad(
                    "capacity_min is \(least), more than capacity_max, \(most)",
                    rule: "a volume has to fit both"
                )
            }
            guard max(least, most) > .zero else {
                throw .nomad(
                    "the specification of the volume names no size",
                    rule: "capacity_min or capacity_max is needed"
                )
            }
            return least > .zero ? least : most
        }
    }

    /// The requested volume.
    ///
    /// - Throws: `invalidInput`.
    var volume: VolumeRequest {
        get throws(VolumeError) {
            let parameters = try parameters
            var request = VolumeRequest(size: .exactly(try size), pool: parameters.pool, id: id)
            request.type = parameters.type
            let labels = ["nomad-volume": variables["DHV_VOLUME_NAME"], "nomad-namespace": variables["DHV_NAMESPACE"]]
            request.attributes.labels = labels.compactMapValues { $0 }
            return request
        }
    }

    /// The parameters of the specification. Unknown ones are refused, because a misspelt pool would be any pool.
    ///
    /// - Throws: `invalidInput`.
    var parameters: Parameters {
        get throws(VolumeError) {
            var parameters = Parameters()
            for (key, value) in try rawParameters {
                switch key {
                case "pool": parameters.pool = value
                case "type": parameters.type = value
                case "fs":
                    guard let fileSystem = FileSystemType(rawValue: value) else {
                        throw .nomad("parameter 'fs' is \(value.quoted)", rule: "it is ext4 or xfs")
                    }
                    parameters.fileSystem = fileSystem
                default:
                    throw .nomad("there is no parameter \(key.quoted)", rule: "the parameters are fs, pool and type")
                }
            }
            return parameters
        }
    }

    /// The parameters as Nomad passes them: a JSON object of strings, or `null`.
    private var rawParameters: [String: String] {
        get throws(VolumeError) {
            guard let text = variables["DHV_PARAMETERS"], !text.isEmpty else { return [:] }
            guard let found = try? JSONDecoder().decode([String: String]?.self, from: Data(text.utf8)) else {
                if text == "null" { return [:] }
                throw .nomad("DHV_PARAMETERS is \(text.quoted)", rule: "it is a JSON object of strings")
            }
            return found
        }
    }

    private func bytes(_ name: String) throws(VolumeError) -> ByteCount {
        guard let text = variables[name], !text.isEmpty else { return .zero }
        guard let count = Int64(text).flatMap(ByteCount.init(bytes:)) else {
            throw .nomad("\(name) is \(text.quoted)", rule: "it is a number of bytes")
        }
        return count
    }
}

extension VolumeError {
    /// The error for a call whose variables can't be used.
    fileprivate static func nomad(_ problem: String, rule: String) -> VolumeError {
        VolumeError(
            .invalidInput,
            "cannot do what Nomad asks: \(problem)",
            cause: rule,
            remedies: [.advice("correct the volume's specification"), .command("nomad-plugin --help")]
        )
    }
}
