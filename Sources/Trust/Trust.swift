internal import Glibc

/// Decides which files this process trusts: configurations, programs, working directories, its database.
///
/// A trusted file belongs to root or to this process's user, and no one else may write to it. For root the same holds
/// for every directory and symbolic link on the path, since a user who can change one of them decides what root finds
/// behind it. Other users are responsible for their paths themselves.
package enum Trust {
    /// The kind of file that is expected.
    package enum Kind: Sendable {
        case file
        case directory
    }

    /// Opens the file or directory at `path`, and checks every component of the path.
    ///
    /// - Parameters:
    ///   - path: an absolute path.
    ///   - user: the user of the process that trusts the file.
    /// - Throws: ``Distrust`` if it isn't trusted or can't be opened.
    package static func open(
        _ path: String,
        as kind: Kind,
        for user: UInt32 = geteuid()
    ) throws(Distrust) -> TrustedPath {
        var walk = try Walk(path, user)
        while try walk.advance() {}
        let status = walk.status
        switch (kind, status.st_mode & S_IFMT) {
        case (.directory, S_IFDIR): break
        case (.directory, _): throw Distrust(path, ENOTDIR)
        case (.file, S_IFDIR): throw Distrust(path, EISDIR)
        case (.file, _): break
        }
        try require(status, path, for: user)
        return TrustedPath(names: walk.names, descriptor: try walk.handOver())
    }

    /// Opens a file whose content is data, such as an image. Root has to trust it like any other file, because whoever can
    /// replace it decides what root reads; other users may read the files of others.
    ///
    /// - Parameter path: an absolute path.
    /// - Throws: ``Distrust`` if it isn't trusted or can't be opened.
    package static func open(data path: String, for user: UInt32 = geteuid()) throws(Distrust) -> TrustedPath {
        if user == 0 { return try open(path, as: .file, for: user) }
        var walk = try Walk(path, user)
        while try walk.advance() {}
        guard walk.status.st_mode & S_IFMT != S_IFDIR else { throw Distrust(path, EISDIR) }
        return TrustedPath(names: walk.names, descriptor: try walk.handOver())
    }

    /// Resolves the path of a directory, which may itself belong to any user, and checks that no other user can replace it.
    ///
    /// - Parameters:
    ///   - path: an absolute path.
    ///   - user: the user of the process that trusts the path.
    /// - Returns: the directory's path without symbolic links.
    /// - Throws: ``Distrust`` if a component on the path isn't trusted or can't be opened.
    package static func resolve(directory path: String, for user: UInt32 = geteuid()) throws(Distrust) -> String {
        var walk = try Walk(path, user)
        while try walk.advance() {}
        guard walk.status.st_mode & S_IFMT == S_IFDIR else { throw Distrust(path, ENOTDIR) }
        // In a directory with the sticky bit, the owner of an entry can replace it.
        var above = try Walk("/" + walk.resolved.split(separator: "/").dropLast().joined(separator: "/"), user)
        while try above.advance() {}
        if above.status.st_mode & 0o1000 != 0 { try requireOwner(walk.status, path, for: user) }
        return walk.resolved
    }

    /// Checks the existing components of `path`, below which something is to be created.
    ///
    /// - Throws: ``Distrust`` if one of them isn't trusted or can't be opened.
    package static func checkPlace(of path: String, for user: UInt32 = geteuid()) throws(Distrust) {
        var walk = try Walk(path, user)
        do throws(Distrust) {
            while try walk.advance() {}
        } catch {
            // All existing components have been checked.
            guard error.number == ENOENT else { throw error }
        }
    }

    /// Checks a file's owner and permissions.
    static func require(_ status: stat, _ path: @autoclosure () -> String, for user: uid_t) throws(Distrust) {
        try requireOwner(status, path(), for: user)
        guard status.st_mode & 0o022 == 0 else {
            let path = path()
            let mode = String(status.st_mode & 0o7777, radix: 8)
            let isShared = status.st_mode & S_IFMT == S_IFDIR && status.st_mode & 0o1000 != 0
            throw Distrust(
                path,
                "users other than its owner may write to '\(path)' (mode \(mode))",
                isShared ? "use a directory that no one else can write to" : "chmod go-w '\(path)'"
            )
        }
    }

    static func requireOwner(_ status: stat, _ path: @autoclosure () -> String, for user: uid_t) throws(Distrust) {
        guard status.st_uid == 0 || status.st_uid == user else {
            let path = path()
            let wanted = user == 0 ? "not to root" : "neither to root nor to user \(user)"
            throw Distrust(
                path,
                "'\(path)' belongs to user \(status.st_uid), \(wanted)",
                "look who made it, and what it says; if it is yours: chown \(user == 0 ? "root" : "\(user)") '\(path)'"
            )
        }
    }
}

/// A trusted file or directory, held open so that it stays the one that was checked, whatever happens to its name.
package final class TrustedPath: Sendable {
    /// The path without symbolic links.
    package var path: String { "/" + names.joined(separator: "/") }
    private let names: [String]
    /// A descriptor that identifies the file, without access to its content (`O_PATH`).
    private let descriptor: Int32

    /// - Parameter names: the components of the path without symbolic links.
    init(names: [String], descriptor: Int32) {
        self.names = names
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Opens the file for reading, without waiting for a writer if it is a pipe. The caller closes the descriptor.
    ///
    /// - Throws: ``Distrust`` with the system's error number.
    package func openForReading() throws(Distrust) -> Int32 {
        let file = Glibc.open("/proc/self/fd/\(descriptor)", O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw Distrust(path, errno) }
        return file
    }
}

/// A file isn't trusted, or can't be checked.
package struct Distrust: Error, Sendable, CustomStringConvertible {
    /// The file, or a component of its path.
    package let path: String
    /// The message for a person: what isn't trusted, and why.
    package let description: String
    /// The remedy for a person.
    package let remedy: String
    /// The system's error number if the file could not be checked; 0 if it isn't trusted.
    package let number: Int32

    /// Whether the file isn't trusted, or this process lacks the permission to check it.
    package var isPermission: Bool { [0, EACCES, EPERM].contains(number) }

    init(_ path: String, _ description: String, _ remedy: String) {
        (self.path, self.description, self.remedy, number) = (path, description, remedy, 0)
    }

    init(_ path: String, _ number: Int32) {
        self.path = path
        self.number = number
        description = "'\(path)': \(String(cString: strerror(number)))"
        remedy = number == EACCES ? "become its owner, or root" : "correct the path"
    }
}
