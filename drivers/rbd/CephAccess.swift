internal import Foundation
internal import Glibc
public import VolumeDriver

/// A pool of a cluster, and the user who accesses it.
public struct CephAccess: Sendable, Hashable {
    /// The name of the pool.
    public let pool: String
    /// The name of the user, without `client.`.
    public let user: String
    /// The absolute path of the cluster's configuration.
    public let configuration: String
    /// The absolute path of the user's key; `nil` for the one in the configuration.
    public let keyring: String?

    /// `rbd`, the default of Ceph's tools.
    public static let defaultPool = "rbd"
    /// `admin`, the default of Ceph's tools.
    public static let defaultUser = "admin"
    /// `/etc/ceph/ceph.conf`.
    public static let defaultConfiguration = "/etc/ceph/ceph.conf"

    /// - Parameters:
    ///   - pool: the name of the pool.
    ///   - user: the name without `client.`.
    ///   - configuration: an absolute path.
    ///   - keyring: an absolute path.
    /// - Throws: `refused` for names and paths with a special meaning to Ceph's tools.
    public init(
        pool: String,
        user: String = defaultUser,
        configuration: String = defaultConfiguration,
        keyring: String? = nil
    ) throws(DriverError) {
        for name in [pool, user] where !Self.isName(name) {
            throw DriverError(
                .refused,
                "'\(name)' can't name a pool or a user",
                remedy: "use letters, digits, '.', '_' and '-', and begin with a letter or digit"
            )
        }
        for path in [configuration, keyring ?? configuration] where !path.hasPrefix("/") || path.utf8.contains(0) {
            throw DriverError(.refused, "'\(path)' is not an absolute path", remedy: "write its absolute path")
        }
        self.pool = pool
        self.user = user
        self.configuration = configuration
        self.keyring = keyring
    }

    /// The options for all of Ceph's tools, which give up after `patience` seconds if the cluster does not answer.
    func options(patience: Int = 15) -> [String] {
        ["--conf", configuration, "--id", user, "--client-mount-timeout", "\(patience)"]
            + (keyring.map { ["--keyring", $0] } ?? [])
    }

    /// Identifies the cluster, by the id in its configuration if there is one.
    var cluster: String {
        let text = (try? String(contentsOfFile: configuration, encoding: .utf8)) ?? ""
        let lines = text.split(whereSeparator: \.isNewline).map { $0.split(separator: "=", maxSplits: 1) }
        let id = lines.first { $0.count == 2 && $0[0].trimmingCharacters(in: .whitespaces) == "fsid" }
        return id.map { "cluster \($0[1].trimmingCharacters(in: .whitespaces))" } ?? "the cluster of '\(configuration)'"
    }

    /// Whether `name` is plain enough for an image's specification, which contains `/` and `@`.
    public static func isName(_ name: String) -> Bool {
        guard let first = name.utf8.first, name.utf8.count <= 128 else { return false }
        let isPlain = name.utf8.allSatisfy { isAlphanumeric($0) || "._-".utf8.contains($0) }
        return isPlain && isAlphanumeric(first)
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        isalnum(Int32(byte)) != 0 && byte < 0x80
    }
}
