internal import Foundation
internal import SystemPackage
internal import Trust
internal import VolumeAPI

/// Files that say what this program is to do.
enum ObeyedFile {
    /// Opens the file at `path` for reading, if nobody but root and this user decides what is in it. A pipe to which nobody
    /// writes is not waited for.
    ///
    /// - Throws: ``VolumeError``: `notPermitted` if others can change it, or this user may not read it; `Errno`.
    static func open(_ path: String) throws -> FileDescriptor {
        // Behind the current directory it would be that.
        guard !path.isEmpty else { throw Errno.noSuchFileOrDirectory }
        if let handedOver = descriptor(path) { return try handedOver.duplicate() }
        let whole = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
        do throws(Distrust) {
            return FileDescriptor(rawValue: try Trust.open(whole, as: .file).openForReading())
        } catch {
            guard error.isPermission else { throw Errno(rawValue: error.number) }
            throw VolumeError(
                .notPermitted,
                "the configuration file '\(path)' is not obeyed",
                cause: error.description,
                remedies: [.advice(error.remedy)]
            )
        }
    }

    /// What a path names that the caller has opened: `/dev/stdin`, or `/dev/fd/N` as shells write it.
    private static func descriptor(_ path: String) -> FileDescriptor? {
        if path == "/dev/stdin" { return .standardInput }
        for directory in ["/dev/fd/", "/proc/self/fd/"] where path.hasPrefix(directory) {
            return CInt(path.dropFirst(directory.count)).map { FileDescriptor(rawValue: $0) }
        }
        return nil
    }
}
