internal import Foundation
internal import SystemPackage
internal import Trust
public import VolumeAPI

/// Where the database is.
public enum StateDirectory {
    /// Makes the directory and those above it for their user alone, where there are none.
    ///
    /// - Throws: ``VolumeError``: `notPermitted` when others could change it, or this user may not make it.
    public static func make(_ path: String) throws(VolumeError) {
        let directory = FilePath(path)
        try trusting { () throws(Distrust) in try Trust.checkPlace(of: directory.string) }
        do throws(Errno) {
            try makeIfMissing(directory)
        } catch {
            let isForbidden = [.permissionDenied, .notPermitted, .readOnlyFileSystem].contains(error)
            throw VolumeError(
                isForbidden ? .notPermitted : .storeUnavailable,
                "the state directory '\(directory)' can't be made",
                cause: "\(error)",
                remedies: [
                    .advice(
                        "set VOLUMECTL_STATE_DIRECTORY to a directory of your own"
                            + (isForbidden ? ", or become root" : "")
                    )
                ]
            )
        }
    }

    /// Makes sure that nobody but root and this user can change the database or what is beside it.
    ///
    /// - Throws: ``VolumeError``: `notPermitted` when others can.
    public static func check(database: String) throws(VolumeError) {
        try trusting { () throws(Distrust) in
            var path = database
            do throws(Distrust) {
                path = try Trust.open(database, as: .file).path
            } catch  where error.number == ENOENT {
                // It will be made.
            }
            for place in Set([database, path]) {
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

    private static func trusting(_ body: () throws(Distrust) -> Void) throws(VolumeError) {
        do throws(Distrust) {
            try body()
        } catch {
            throw VolumeError(
                error.isPermission ? .notPermitted : .storeUnavailable,
                "the database is not used",
                cause: error.description,
                remedies: [
                    .advice(error.remedy), .advice("set VOLUMECTL_STATE_DIRECTORY to a directory of your own"),
                ]
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
