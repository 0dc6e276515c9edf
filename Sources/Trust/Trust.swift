internal import Glibc

/// Decides whose files this process obeys: configurations, programs, the directories that it works in, its database.
///
/// What is obeyed belongs to root or to this process's user, and nobody else may write to it. For root this holds for every
/// directory and symbolic link on the way, too: whoever can change one of them decides what root finds behind it. Other
/// users answer for the way themselves.
package enum Trust {
    /// What is looked for.
    package enum Kind: Sendable {
        case file
        case directory
    }

    /// Looks at what is at `path`, one name after the other, and opens it.
    ///
    /// - Parameters:
    ///   - path: an absolute path.
    ///   - user: whose process obeys.
    /// - Throws: ``Distrust``.
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
        return TrustedPath(path: walk.resolved, descriptor: try walk.handOver())
    }

    /// Looks at the nearest directory above `path` that there is, in which something is to be made.
    ///
    /// - Throws: ``Distrust``.
    package static func checkPlace(of path: String, for user: UInt32 = geteuid()) throws(Distrust) {
        var walk = try Walk(path, user)
        do throws(Distrust) {
            while try walk.advance() {}
        } catch {
            // Whatever is there has been looked at.
            guard error.number == ENOENT else { throw error }
        }
    }

    /// Makes sure of a file's owner and permissions.
    static func require(_ status: stat, _ path: @autoclosure () -> String, for user: uid_t) throws(Distrust) {
        try requireOwner(status, path(), for: user)
        guard status.st_mode & 0o022 == 0 else {
            let path = path()
            let mode = String(status.st_mode & 0o7777, radix: 8)
            let isShared = status.st_mode & S_IFMT == S_IFDIR && status.st_mode & 0o1000 != 0
            throw Distrust(
                path,
                "others than its owner may write to '\(path)' (mode \(mode))",
                isShared ? "use a directory that nobody else can write to" : "chmod go-w '\(path)'"
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

/// Something that may be obeyed, opened so that it stays what was looked at, whatever becomes of its name.
package final class TrustedPath: Sendable {
    /// Its path without symbolic links.
    package let path: String
    /// Open for nothing but to be looked at.
    private let descriptor: Int32

    init(path: String, descriptor: Int32) {
        self.path = path
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Opens it for reading; one who waits for a writer is not waited for. The caller closes it.
    ///
    /// - Throws: ``Distrust`` with the system's number.
    package func openForReading() throws(Distrust) -> Int32 {
        let file = Glibc.open("/proc/self/fd/\(descriptor)", O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw Distrust(path, errno) }
        return file
    }
}

/// Why something is not obeyed.
package struct Distrust: Error, Sendable, CustomStringConvertible {
    /// What is not obeyed, or what is on the way to it.
    package let path: String
    /// Why, for people.
    package let description: String
    /// What a person can do about it.
    package let remedy: String
    /// The system's number, where it would not let this process look; 0 where it is a matter of trust.
    package let number: Int32

    /// Whether somebody who may not decided what is there, or this process may not look.
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
