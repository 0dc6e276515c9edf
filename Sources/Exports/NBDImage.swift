internal import Foundation
public import VolumeDriver

/// An image as QEMU's tools take it, with its format stated, so that they never guess it.
public struct NBDImage: Sendable, Hashable {
    /// The image as `qemu-nbd` and `qemu-img` take it: `json:{…}`.
    public let specification: String
    /// The environment variables that the tool needs.
    public let environment: [String: String]

    /// An image file.
    ///
    /// - Parameter keepsSpace: whether the file keeps its allocated space when clients discard or zero it.
    public static func file(_ path: String, format: ImageFormat, keepsSpace: Bool = false) -> NBDImage {
        var options: [String: Node] = ["filename": .text(path)]
        if keepsSpace { options["discard"] = .text("ignore") }
        return NBDImage(.node("file", options), format: format)
    }

    /// A block device, such as a logical volume.
    public static func device(_ path: String) -> NBDImage {
        NBDImage(.node("host_device", ["filename": .text(path)]), format: .raw)
    }

    /// An image in a Ceph pool.
    ///
    /// - Parameters:
    ///   - snapshot: the name of a snapshot of the image; `nil` for the image itself.
    ///   - user: the name without `client.`.
    ///   - configuration: the path of the cluster's configuration.
    ///   - keyring: the path of the user's key; `nil` for the one in the configuration.
    public static func rbd(
        pool: String,
        image: String,
        snapshot: String? = nil,
        user: String,
        configuration: String,
        keyring: String?
    ) -> NBDImage {
        var options: [String: Node] = [
            "pool": .text(pool), "image": .text(image), "user": .text(user), "conf": .text(configuration),
        ]
        options["snapshot"] = snapshot.map { .text($0) }
        // QEMU has no option for the keyring, but librados reads this variable.
        let environment = keyring.map { ["CEPH_KEYRING": $0] } ?? [:]
        return NBDImage(.node("rbd", options), format: .raw, environment: environment)
    }

    private init(_ file: Node, format: ImageFormat, environment: [String: String] = [:]) {
        var options: [String: Node] = ["file": file]
        // A backing file named by a qcow2 file is ignored, because it could be any file of the host.
        if format == .qcow2 { options["backing"] = .nothing }
        specification = "json:" + Node.node(format.rawValue, options).json
        self.environment = environment
    }

    /// A JSON value of QEMU's configuration.
    private enum Node: Encodable {
        case text(String)
        case options([String: Node])
        case nothing

        static func node(_ driver: String, _ options: [String: Node]) -> Node {
            .options(options.merging(["driver": .text(driver)]) { $1 })
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .text(let text): try container.encode(text)
            case .options(let options): try container.encode(options)
            case .nothing: try container.encodeNil()
            }
        }

        var json: String {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            // Text can always be encoded.
            return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? ""
        }
    }
}
