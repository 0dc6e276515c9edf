import SystemPackage
import VolumeDriver

/// A user's image file, and its directory.
struct ImageFile: ~Copyable, Sendable {
    private let directory: OpenFile
    private let name: String
    private let path: String

    private var partialName: String { ".\(name).partial" }

    /// Opens the directory of the image.
    ///
    /// - Throws: `refused` unless the path is unambiguous.
    init(_ image: VolumeImage) throws(DriverError) {
        let path = FilePath(image.path.utf8.contains(0) ? "" : image.path)
        guard path.isAbsolute, path.isLexicallyNormal, let name = path.lastComponent?.string, name.utf8.count <= 240
        else {
            throw DriverError(
                .refused,
                "cannot use '\(image.path)' as image file: not an absolute path without '.' and '..'",
                remedy: "write the path from the root"
            )
        }
        self.init(directory: try Self.directory(of: path), name: name, path: image.path)
    }

    private init(directory: consuming OpenFile, name: String, path: String) {
        self.directory = directory
        self.name = name
        self.path = path
    }

    private static func directory(of path: FilePath) throws(DriverError) -> OpenFile {
        do throws(Errno) {
            return try OpenFile(path.removingLastComponent().string, .readOnly, .directory)
        } catch {
            throw DriverError(error, "cannot open the directory of image file '\(path)'")
        }
    }

    /// Opens the image to read it.
    func open() throws(DriverError) -> HeldFile {
        let status: Stat?
        do throws(Errno) {
            status = try directory.status(of: name)
            if let status, status.type == .regular {
                return try HeldFile(reading: directory.open(name, .readOnly, .nonBlocking))
            }
        } catch {
            throw DriverError(error, "cannot open image file '\(path)'")
        }
        guard let status else { throw DriverError(.notFound, "there is no image file '\(path)'") }
        throw DriverError(
            .refused,
            "image '\(path)' is \(status.type.words), not a regular file",
            remedy: "name a regular file"
        )
    }

    /// Creates the file in which the image is written.
    func make() throws(DriverError) -> HeldFile {
        do throws(Errno) {
            let file = try directory.open(partialName, .readWrite, [.create, .nonBlocking])
            guard try file.status().type == .regular else { throw Errno.fileExists }
            guard try file.tryToLock() else { throw Errno.resourceBusy }
            try file.resize(to: 0)
            return try HeldFile(reading: file)
        } catch {
            throw DriverError(error, "cannot make image file '\(path)'")
        }
    }

    /// Gives the image its name, replacing an existing file.
    func publish(_ held: HeldFile) throws(DriverError) {
        do throws(Errno) {
            try held.file.synchronize()
            try directory.rename(partialName, to: name, isReplacing: true)
            try directory.synchronize()
        } catch {
            throw DriverError(error, "cannot put image file '\(path)' in its place")
        }
    }

    /// Removes the unfinished image.
    func abandon() throws(DriverError) {
        do throws(Errno) {
            try directory.remove(partialName)
        } catch {
            throw DriverError(error, "cannot remove the unfinished image file of '\(path)'")
        }
    }
}
