internal import Foundation
public import VolumeDriver

/// What a server reads and writes, in the words of QEMU's tools, which never guess a format from it.
public struct NBDImage: Sendable, Hashable {
    /// The image as `qemu-nbd` and `qemu-img` take it: `json:{…}`.
    public let specification: String
    /// What the tool's environment has to hold.
    public let environment: [String: String]

    /// A file.
    ///
    /// - Parameter keepsSpace: whether the file keeps the space that it has, whatever clients discard or fill with zeros.
    public static func file(_ path: String, format: ImageFormat, keepsSpace: Bool = false) -> NBDImage {
        var options: [String: Node] = ["filename": .text(path)]
        if keepsSpace { options["discard"] = .text("ignore") }
        return NBDImage(.node("file", options), format: format)
    }

    /// A block device, such as a logical volume.
    public static func device(_ path: String) -> NBDImage {
        NBDImage(.node("host_device", ["filename": .text(path)]), format: .raw)
    }

    /// An image in a pool of Ceph's.
    ///
    /// - Parameters:
    ///   - user: without `client.`.
    ///   - configuration: the path of the cluster's configuration.
    ///   - keyring: the path of the user's key; `nil` for where the configuration has it.
    public static func rbd(
        pool: String,
        image: String,
        user: String,
        configuration: String,
        keyring: String?
    ) -> NBDImage {
        let options: [String: Node] = [
            "pool": .text(pool), "image": .text(image), "user": .text(user), "conf": .text(configuration),
        ]
        // QEMU has no option for it, but librados looks there.
        let environment = keyring.map { ["CEPH_KEYRING": $0] } ?? [:]
        return NBDImage(.node("rbd", options), format: .raw, environment: environment)
    }

    private init(_ file: Node, format: ImageFormat, environment: [String: String] = [:]) {
        var options: [String: Node] = ["file": file]
        // Whatever a qcow2 file says of a backing file is not followed: it could name any file of the host.
        if format == .qcow2 { options["backing"] = .nothing }
        specification = "json:" + Node.node(format.rawValue, options).json
        self.environment = environment
    }

    /// A piece of QEMU's configuration.
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
            // Text and names of it are always encodable.
            return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? ""
        }
    }
}
