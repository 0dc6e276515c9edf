internal import Foundation
internal import SystemPackage
internal import Trust
public import VolumeAPI

/// The directory of the database.
public struct StateDirectory: Sendable {
    private let database: FilePath
    /// Whether the path of the database is configured, and not only that of the directory.
    private let isOfDatabase: Bool

    /// The directory of the database that `configuration` names.
    public init(_ configuration: ServiceConfiguration) {
        database = FilePath(configuration.database)
        isOfDatabase = configuration.origin(of: "db") != .builtIn
    }

    /// Makes the directory and those above it for their user alone, where there are none.
    ///
    /// - Throws: ``VolumeError``: `notPermitted` when others could change it, or this user may not make it.
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
                    ? "the directory '\(directory)' of the database can't be made"
                    : "the state directory '\(directory)' can't be made",
                cause: "\(error)",
                remedies: [.advice(advice + (isForbidden ? ", or become root" : ""))]
            )
        }
    }

    /// Makes sure that nobody but root and this user can change the database or what is beside it.
    ///
    /// - Throws: ``VolumeError``: `notPermitted` when others can.
    public func check() throws(VolumeError) {
        try trusting { () throws(Distrust) in
            var path = database.string
            do throws(Distrust) {
                path = try Trust.open(path, as: .file).path
            } catch  where error.number == ENOENT {
                // It will be made.
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

    /// What takes another directory: the path of the database is stronger than that of the directory.
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
            // The process's mask may have left less.
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
            // A directory that is there can be on a file system that can't be written to.
            guard isDirectory(directory) else { throw error }
        }
    }

    private static func isDirectory(_ path: FilePath) -> Bool {
        var isDirectory: ObjCBool = false
        return FileManager.default.fileExists(atPath: path.string, isDirectory: &isDirectory) && isDirectory.boolValue
    }
}
