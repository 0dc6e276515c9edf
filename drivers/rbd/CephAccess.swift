internal import Foundation
internal import Glibc
public import VolumeDriver

/// Which pool of which cluster, and as which user.
public struct CephAccess: Sendable, Hashable {
    /// The pool's name.
    public let pool: String
    /// The user, without `client.`.
    public let user: String
    /// The cluster's configuration: an absolute path.
    public let configuration: String
    /// The user's key: an absolute path; `nil` for where the configuration has it.
    public let keyring: String?

    /// `rbd`, as Ceph's own tools have it.
    public static let defaultPool = "rbd"
    /// `admin`, as Ceph's own tools have it.
    public static let defaultUser = "admin"
    /// `/etc/ceph/ceph.conf`.
    public static let defaultConfiguration = "/etc/ceph/ceph.conf"

    /// - Parameters:
    ///   - pool: the pool's name.
    ///   - user: without `client.`.
    ///   - configuration: an absolute path.
    ///   - keyring: an absolute path.
    /// - Throws: `refused` for names and paths that mean something else to Ceph's tools.
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
            throw DriverError(.refused, "'\(path)' is not an absolute path", remedy: "name the file by its whole path")
        }
        self.pool = pool
        self.user = user
        self.configuration = configuration
        self.keyring = keyring
    }

    /// What every tool of Ceph is told first. A cluster that does not answer is given up after `patience` seconds.
    func options(patience: Int = 15) -> [String] {
        ["--conf", configuration, "--id", user, "--client-mount-timeout", "\(patience)"]
            + (keyring.map { ["--keyring", $0] } ?? [])
    }

    /// The cluster, in words that are equal for all who name the same one: its id, where the configuration has it.
    var cluster: String {
        let text = (try? String(contentsOfFile: configuration, encoding: .utf8)) ?? ""
        let lines = text.split(whereSeparator: \.isNewline).map { $0.split(separator: "=", maxSplits: 1) }
        let id = lines.first { $0.count == 2 && $0[0].trimmingCharacters(in: .whitespaces) == "fsid" }
        return id.map { "cluster \($0[1].trimmingCharacters(in: .whitespaces))" } ?? "the cluster of '\(configuration)'"
    }

    /// Whether `name` is plain enough to stand in an image's specification, of which `/` and `@` are parts.
    public static func isName(_ name: String) -> Bool {
        guard let first = name.utf8.first, name.utf8.count <= 128 else { return false }
        let isPlain = name.utf8.allSatisfy { isAlphanumeric($0) || "._-".utf8.contains($0) }
        return isPlain && isAlphanumeric(first)
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        isalnum(Int32(byte)) != 0 && byte < 0x80
    }
}
