internal import Foundation
internal import SystemPackage
internal import Trust
internal import VolumeAPI

/// Files that control what this program does.
enum ObeyedFile {
    /// Opens the file at `path` for reading, provided that only root and this user can change it. Does not wait for a
    /// pipe without a writer.
    ///
    /// - Throws: ``VolumeError``: `notPermitted` if others can change it, or this user may not read it; `Errno`.
    static func open(_ path: String) throws -> FileDescriptor {
        // Appended to the current directory, an empty path would name that directory.
        guard !path.isEmpty else { throw Errno.noSuchFileOrDirectory }
        if let handedOver = descriptor(path) { return try handedOver.duplicate() }
        let whole = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
        do throws(Distrust) {
            return FileDescriptor(rawValue: try Trust.open(whole, as: .file).openForReading())
        } catch {
            guard error.isPermission else { throw Errno(rawValue: error.number) }
            throw VolumeError(
                .notPermitted,
                "the configuration file '\(path)' is not used",
                cause: error.description,
                remedies: [.advice(error.remedy)]
            )
        }
    }

    /// The open descriptor that a path names: `/dev/stdin`, or `/dev/fd/N` as shells write it.
    private static func descriptor(_ path: String) -> FileDescriptor? {
        if path == "/dev/stdin" { return .standardInput }
        for directory in ["/dev/fd/", "/proc/self/fd/"] where path.hasPrefix(directory) {
            return CInt(path.dropFirst(directory.count)).map { FileDescriptor(rawValue: $0) }
        }
        return nil
    }
}
