internal import Foundation
internal import SystemPackage
internal import Trust
public import VolumeAPI

/// The directory of the database, or of the files that this host has for a database on a server.
public struct StateDirectory: Sendable {
    private let database: FilePath
    /// Whether the path of the database itself is configured.
    private let isOfDatabase: Bool

    /// The directory of the configured database.
    public init(_ configuration: ServiceConfiguration) {
        database = FilePath(configuration.localFiles)
        isOfDatabase = configuration.database.path != nil && configuration.origin(of: "db") != .builtIn
    }

    /// Creates the directory, and missing ones above it, accessible only to their user.
    ///
    /// - Throws: ``VolumeError``: `notPermitted` if others could change it, or this user may not create it.
    public func make() throws(VolumeError) {
        let directory = database.removingLastComponent()
        try trusting { () throws(Distrust) in try Trust.checkPlace(of: directory.string) }
        do throws(Errno) {
            try Self.makeIfMissing(directory)
        } catch {
            let isForbidden = [.permissionDenied, .notPermitted, .readOnlyFileSystem].contains(error)
            throw VolumeError(
                isForbidden ? .notPermitted : .storeUnavailable,
                isOfDatabase
                    ? "the directory '\(directory)' of the database can't be created"
                    : "the state directory '\(directory)' can't be created",
                cause: "\(error)",
                remedies: [.advice(advice + (isForbidden ? ", or become root" : ""))]
            )
        }
    }

    /// Verifies that only root and this user can change the database and the files beside it.
    ///
    /// - Throws: ``VolumeError``: `notPermitted` if others can.
    public func check() throws(VolumeError) {
        try trusting { () throws(Distrust) in
            var path = database.string
            do throws(Distrust) {
                path = try Trust.open(path, as: .file).path
            } catch  where error.number == ENOENT {
                // The directory is created later.
            }
            for place in Set([database.string, path]) {
                let directory = FilePath(place).removingLastComponent().string
                do throws(Distrust) {
                    _ = try Trust.open(directory, as: .directory)
                } catch  where error.number == ENOENT {
                    continue
                }
            }
            for suffix in ["-wal", "-shm", ".owners"] {
                do throws(Distrust) {
                    _ = try Trust.open(path + suffix, as: .file)
                } catch  where error.number == ENOENT {
                    continue
                }
            }
        }
    }

    /// How to name another directory; the path of the database overrides that of the directory.
    private var advice: String {
        isOfDatabase
            ? "set VOLUMECTL_DB to a file in a directory of your own"
            : "set VOLUMECTL_STATE_DIRECTORY to a directory of your own"
    }

    private func trusting(_ body: () throws(Distrust) -> Void) throws(VolumeError) {
        do throws(Distrust) {
            try body()
        } catch {
            throw VolumeError(
                error.isPermission ? .notPermitted : .storeUnavailable,
                "the database is not used",
                cause: error.description,
                remedies: [.advice(error.remedy), .advice(advice)]
            )
        }
    }

    private static func makeIfMissing(_ directory: FilePath) throws(Errno) {
        if mkdir(directory.string, 0o700) == 0 {
            // The process's umask may have removed more.
            guard chmod(directory.string, 0o700) == 0 else { throw Errno(rawValue: errno) }
            return
        }
        switch Errno(rawValue: errno) {
        case .fileExists:
            guard isDirectory(directory) else { throw .notDirectory }
        case .noSuchFileOrDirectory where directory.lastComponent != nil:
            let parent = directory.removingLastComponent()
            guard !isDirectory(parent) else { throw .noSuchFileOrDirectory }
            try makeIfMissing(parent)
            try makeIfMissing(directory)
        case let error:
            // An existing directory may be on a read-only file system.
            guard isDirectory(directory) else { throw error }
        }
    }

    private static func isDirectory(_ path: FilePath) -> Bool {
        var isDirectory: ObjCBool = false
        return FileManager.default.fileExists(atPath: path.string, isDirectory: &isDirectory) && isDirectory.boolValue
    }
}
