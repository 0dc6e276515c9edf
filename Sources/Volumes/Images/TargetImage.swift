internal import CLinux
internal import Glibc
internal import Trust
internal import VolumeAPI
internal import VolumeDriver

/// An image file that is to be made, in a directory that exists.
struct TargetImage: Sendable {
    /// Its path has no symbolic links.
    let image: VolumeImage

    /// Checks the file's directory, and that there is no such file.
    ///
    /// - Parameter label: the volume or snapshot that is saved.
    /// - Throws: `invalidInput` if the path is not one of a file; `notFound` without its directory; `notPermitted` if another
    ///   user can replace the directory; `conflict` if the file exists.
    init(checking image: VolumeImage, for label: String) throws(VolumeError) {
        let headline = "\(label) was not saved as '\(image.path)'"
        func refusal(_ problem: String, _ remedy: String) -> VolumeError {
            VolumeError(.invalidInput, "\(headline): \(problem)", remedies: [.advice(remedy)])
        }
        if let scheme = image.path.urlScheme {
            throw refusal("images are files of this host, not \(scheme) addresses", "name a file")
        }
        guard image.path.hasPrefix("/"), !image.path.utf8.contains(0) else {
            throw refusal("its path is not absolute", "write the path from the root")
        }
        let parts = image.path.split(separator: "/")
        guard let name = parts.last, ![".", ".."].contains(name), !image.path.hasSuffix("/") else {
            throw refusal("that is a directory", "name a file")
        }
        guard name.utf8.count <= 240 else { throw refusal("the name is too long", "use at most 240 bytes") }
        let folder: String
        do throws(Distrust) {
            folder = try Trust.resolve(directory: "/" + parts.dropLast().joined(separator: "/"))
        } catch {
            throw VolumeError(error, headline)
        }
        self.image = VolumeImage(path: (folder == "/" ? "" : folder) + "/" + name, format: image.format)
        guard access(folder, W_OK | X_OK) == 0 else {
            throw VolumeError(
                [EACCES, EPERM, EROFS].contains(errno) ? .notPermitted : .invalidInput,
                "\(headline): no file can be created in '\(folder)'",
                cause: String(cString: strerror(errno)),
                remedies: [.advice("name a file in a directory that you can write to")]
            )
        }
        if FileIdentity.exists(self.image.path) { throw VolumeError.exists(self.image, headline) }
    }
}

/// The file in which an image is written until it is complete, beside its final place.
///
/// It keeps its identity when it gets its final name, so that a repeated call knows its own file from anybody else's.
struct UnpublishedImage {
    /// The image under its temporary name, which contains nothing that a user typed.
    let image: VolumeImage
    private let target: VolumeImage
    private let folder: String

    /// - Parameter name: identifies the request.
    init(of target: VolumeImage, named name: String) {
        self.target = target
        folder = "/" + target.path.split(separator: "/").dropLast().joined(separator: "/")
        image = VolumeImage(path: (folder == "/" ? "" : folder) + "/.volumectl-" + name, format: target.format)
    }

    /// Removes the file, and what a driver that was killed may have left of it.
    ///
    /// - Throws: `broken` if a file can't be removed, with the file as left behind.
    func remove() throws(DriverError) {
        for path in [image.path, try UnfinishedImage(image, to: "remove an unfinished image").partialPath] {
            guard unlink(path) != 0, errno != ENOENT else { continue }
            throw DriverError(
                .broken,
                "the unfinished image '\(path)' can't be removed",
                cause: String(cString: strerror(errno)),
                leftBehind: path
            )
        }
        try synchronize()
    }

    /// Gives the complete file its final name. Idempotent.
    ///
    /// - Parameter file: the complete file.
    /// - Throws: ``VolumeError``: `conflict` if somebody else has made a file of that name; ``DriverError``.
    func publish(_ file: FileIdentity) throws {
        if renameat2(AT_FDCWD, image.path, AT_FDCWD, target.path, clinux_rename_noreplace) != 0 {
            let number = errno
            guard try FileIdentity(of: target.path) == file else {
                if number == EEXIST { throw VolumeError.exists(target, "the image was not saved as '\(target.path)'") }
                throw DriverError(
                    .broken,
                    "the image can't get its name '\(target.path)'",
                    cause: String(cString: strerror(number)),
                    remedy: number == EINVAL ? "save it on a local file system" : nil
                )
            }
        }
        try synchronize()
    }

    /// Removes the file with the final name, if it is this one.
    func retract(_ file: FileIdentity) throws(DriverError) {
        guard try FileIdentity(of: target.path) == file else { return }
        guard unlink(target.path) == 0 || errno == ENOENT else {
            throw DriverError(
                .broken,
                "the image '\(target.path)' can't be removed",
                cause: String(cString: strerror(errno)),
                leftBehind: target.path
            )
        }
        try synchronize()
    }

    /// Makes the directory's entries durable.
    private func synchronize() throws(DriverError) {
        let directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer { if directory >= 0 { close(directory) } }
        guard directory >= 0, fsync(directory) == 0 else {
            throw DriverError(
                .broken,
                "the directory '\(folder)' can't be written to its disk",
                cause: String(cString: strerror(errno))
            )
        }
    }
}

/// A file, whatever its name is.
struct FileIdentity: Sendable, Hashable, Codable {
    private let device: UInt64
    private let number: UInt64
    let size: Int64

    /// `nil` if there is no file; a symbolic link is a file of its own.
    ///
    /// - Throws: `broken` if that can't be found out.
    init?(of path: String) throws(DriverError) {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            if [ENOENT, ENOTDIR].contains(errno) { return nil }
            throw DriverError(.broken, "'\(path)' can't be looked at", cause: String(cString: strerror(errno)))
        }
        (device, number, size) = (UInt64(status.st_dev), UInt64(status.st_ino), Int64(status.st_size))
    }

    /// Whether there may be a file of this name.
    static func exists(_ path: String) -> Bool {
        do throws(DriverError) {
            return try FileIdentity(of: path) != nil
        } catch {
            return true
        }
    }
}

extension VolumeError {
    /// An image is never written over another file.
    fileprivate static func exists(_ image: VolumeImage, _ headline: String) -> VolumeError {
        VolumeError(
            .conflict,
            "\(headline): the file exists",
            remedies: [.advice("name another file, or move '\(image.path)' away first")]
        )
    }
}
