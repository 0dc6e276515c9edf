import Glibc
import SystemPackage
import Trust
import VolumeDriver

/// The configured path of a pool's directory, which every call opens.
struct PoolPlace: Sendable {
    private let text: String
    private let plain: FilePath?

    init(_ text: String) {
        self.text = text
        let path = text.utf8.contains(0) ? nil : FilePath(text)
        plain = path?.isAbsolute == true && path?.isLexicallyNormal == true ? path : nil
    }

    /// The path without a slash or `.` at the end, with which a symbolic link would be followed in spite of O_NOFOLLOW.
    ///
    /// - Throws: `broken` if it is not absolute, or contains `.` or `..`.
    var path: FilePath {
        get throws(DriverError) {
            if let plain { return plain }
            throw DriverError(
                .broken,
                "cannot use '\(text)' as pool directory: not an absolute path without '.' and '..'",
                remedy: "write the path from the root in the pool's configuration: '/srv/volumes'"
            )
        }
    }
}

/// The directory of a pool, opened for one call and verified.
struct PoolDirectory: ~Copyable, Sendable {
    let path: FilePath
    let directory: OpenFile
    let options: LoopbackOptions

    /// Opens the directory; returns `nil` if there is none.
    ///
    /// - Throws: `broken` if it is not a real directory; `notPermitted` if it belongs to another user or other users
    ///   can write to it.
    static func open(_ place: PoolPlace, _ options: LoopbackOptions) throws(DriverError) -> PoolDirectory? {
        try open(place.path, options)
    }

    /// Opens the directory, creating it and its parents if needed.
    static func openOrMake(_ place: PoolPlace, _ options: LoopbackOptions) throws(DriverError) -> PoolDirectory {
        let path = try place.path
        if let pool = try open(path, options) { return pool }
        try checkPlace(of: path)
        do throws(Errno) {
            try make(path)
        } catch {
            throw DriverError(error, "cannot create pool directory '\(path)'")
        }
        guard let pool = try open(path, options) else {
            throw DriverError(.noSuchFileOrDirectory, "pool directory '\(path)' was removed as soon as it was created")
        }
        return pool
    }

    /// The capacity of a pool whose directory is yet to be created: that of the directory above in which that will be.
    ///
    /// - Throws: as ``openOrMake(_:_:)``, as far as that is known before.
    static func capacity(
        beforeMaking place: PoolPlace,
        _ options: LoopbackOptions,
        counting isCounting: Bool
    ) throws(DriverError) -> PoolCapacity {
        let path = try place.path
        try checkPlace(of: path)
        let pool: PoolDirectory
        do throws(Errno) {
            let parent = try existingParent(of: path)
            _ = try systemCall { faccessat(AT_FDCWD, parent, W_OK | X_OK, AT_EACCESS) }
            let directory = try OpenFile(parent, .readOnly, .directory)
            pool = PoolDirectory(path: path, directory: directory, options: options)
        } catch {
            throw DriverError(error, "cannot create pool directory '\(path)'")
        }
        return try pool.capacity(isCounting ? PoolUsage() : nil)
    }

    /// The path of the volume's file, for people.
    func path(of volume: VolumeID) -> String { path(of: .volume(volume)) }

    /// The path of the file, for people.
    func path(of name: PoolFileName) -> String { path.appending(name.text).string }
}

// MARK: - Opening

extension PoolDirectory {
    private static func open(_ path: FilePath, _ options: LoopbackOptions) throws(DriverError) -> PoolDirectory? {
        let pool: PoolDirectory
        do throws(Errno) {
            let directory = try OpenFile(path.string, .readOnly, .directory)
            pool = PoolDirectory(path: path, directory: directory, options: options)
        } catch {
            if error == .noSuchFileOrDirectory { return nil }
            throw failure(error, toOpen: path)
        }
        try pool.checkOwnership()
        do throws(Distrust) {
            _ = try Trust.open(path.string, as: .directory)
        } catch {
            throw failure(error, of: path)
        }
        return pool
    }

    private static func failure(_ error: Distrust, of path: FilePath) -> DriverError {
        DriverError(
            error.isPermission ? .notPermitted : .broken,
            "pool directory '\(path)' is not used",
            cause: error.description,
            remedy: error.remedy
        )
    }

    private static func failure(_ error: Errno, toOpen path: FilePath) -> DriverError {
        guard let type = try? Stat(path, followTargetSymlink: false).type, type != .directory else {
            return DriverError(error, "cannot open pool directory '\(path)'")
        }
        return DriverError(
            .broken,
            "pool directory '\(path)' is \(type.words)",
            cause: error.explanation,
            remedy: "name a real directory in the pool's configuration"
        )
    }

    /// A user who can write to the directory can replace volumes by other files.
    private func checkOwnership() throws(DriverError) {
        let status: Stat
        do throws(Errno) {
            status = try directory.status()
        } catch {
            throw DriverError(error, "cannot look at pool directory '\(path)'")
        }
        guard status.userID.rawValue == geteuid() else {
            throw DriverError(
                .notPermitted,
                "pool directory '\(path)' belongs to user \(status.userID.rawValue), not to user \(geteuid())",
                remedy: "run this program as its owner, or configure a directory of user \(geteuid())"
            )
        }
        guard status.permissions.isDisjoint(with: [.groupWrite, .otherWrite]) else {
            throw DriverError(
                .notPermitted,
                "pool directory '\(path)' is writable by other users: its mode is \(octal(status.permissions))",
                remedy: "`chmod go-w '\(path)'`, after checking its content"
            )
        }
    }

    private func octal(_ permissions: FilePermissions) -> String { "0" + String(permissions.rawValue, radix: 8) }
}

// MARK: - Creating

extension PoolDirectory {
    /// Verifies that nobody else can replace the directory once it is created.
    private static func checkPlace(of path: FilePath) throws(DriverError) {
        do throws(Distrust) {
            try Trust.checkPlace(of: path.string)
        } catch {
            throw failure(error, of: path)
        }
    }

    /// The path of the nearest directory above `path` that exists, with a `.` at its end, by which a symbolic link is followed.
    private static func existingParent(of path: FilePath) throws(Errno) -> String {
        let parent = path.removingLastComponent()
        do throws(Errno) {
            _ = try Stat(parent, followTargetSymlink: true)
            return parent.string + "/."
        } catch {
            guard error == .noSuchFileOrDirectory, parent.lastComponent != nil else { throw error }
            return try existingParent(of: parent)
        }
    }

    /// Succeeds if it exists; opening it verifies what it is.
    private static func make(_ path: FilePath) throws(Errno) {
        do throws(Errno) {
            try makeLast(path)
        } catch {
            guard error == .noSuchFileOrDirectory, path.lastComponent != nil else { throw error }
            try make(path.removingLastComponent())
            try makeLast(path)
        }
    }

    private static func makeLast(_ path: FilePath) throws(Errno) {
        do throws(Errno) {
            _ = try systemCall { mkdir(path.string, FilePermissions.ownerReadWriteExecute.rawValue) }
        } catch {
            guard error == .fileExists else { throw error }
            return
        }
        // Not by the parent's path, which may end in a symbolic link.
        let made = try OpenFile(path.string, .readOnly, .directory)
        try made.open("..", .readOnly, .directory).synchronize()
    }
}
