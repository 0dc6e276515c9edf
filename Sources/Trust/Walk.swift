internal import CLinux
internal import Glibc

/// Follows a path from the root, one component after another, as the kernel would, and checks each.
struct Walk: ~Copyable {
    private let path: String
    private let user: uid_t
    private var rest: [String]
    private(set) var names: [String] = []
    private var links = 0
    /// What has been reached, and what that was found to be.
    private var current: Int32
    private(set) var status = stat()

    init(_ path: String, _ user: uid_t) throws(Distrust) {
        self.path = path
        self.user = user
        let bytes = Array(path.utf8)
        rest = Self.names(in: bytes)
        guard bytes.first == Self.slash, !bytes.contains(0) else { throw Distrust(path, EINVAL) }
        (current, status) = try Self.openRoot(path)
    }

    deinit { if current >= 0 { close(current) } }

    /// The path that has been reached, without symbolic links.
    var resolved: String { "/" + names.joined(separator: "/") }

    /// Follows the next component; `false` at the end of the path.
    mutating func advance() throws(Distrust) -> Bool {
        guard let name = rest.popLast() else { return false }
        if name == "." { return true }
        try requirePassage()
        let next = openat(current, name, clinux_o_path | O_NOFOLLOW | O_CLOEXEC)
        guard next >= 0 else { throw Distrust(path, errno) }
        let found = try Self.look(at: next, on: path)
        guard found.st_mode & S_IFMT == S_IFLNK else {
            close(current)
            (current, status) = (next, found)
            if name == ".." { _ = names.popLast() } else { names.append(name) }
            return true
        }
        defer { close(next) }
        if user == 0 { try Trust.requireOwner(found, resolved + "/" + name, for: user) }
        links += 1
        guard links <= 40 else { throw Distrust(path, ELOOP) }
        try follow(next)
        return true
    }

    /// Hands over what has been reached, open, but not as one of the three that every program has. It is the walk's
    /// end.
    mutating func handOver() throws(Distrust) -> Int32 {
        if current > STDERR_FILENO {
            defer { current = -1 }
            return current
        }
        let file = fcntl(current, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)
        guard file >= 0 else { throw Distrust(path, errno) }
        return file
    }

    /// Checks that no other user can change the entries of the directory that has been reached. In a directory with the
    /// sticky bit, such as `/tmp`, everyone may create entries, but only their owners may change them.
    private func requirePassage() throws(Distrust) {
        guard user == 0 else { return }
        // Only a directory can have entries; the next step fails for anything else.
        guard status.st_mode & S_IFMT == S_IFDIR else { return }
        guard status.st_mode & 0o1000 == 0 else { return try Trust.requireOwner(status, resolved, for: user) }
        try Trust.require(status, resolved, for: user)
    }

    private mutating func follow(_ link: Int32) throws(Distrust) {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = readlinkat(link, "", &buffer, buffer.count)
        guard count > 0 else { throw Distrust(path, errno) }
        let target = buffer.prefix(count)
        rest += Self.names(in: target)
        guard target.first == Self.slash else { return }
        close(current)
        current = -1
        names = []
        (current, status) = try Self.openRoot(path)
    }

    private static let slash = UInt8(ascii: "/")

    /// The names in a path, the last one first.
    private static func names(in path: some Collection<UInt8>) -> [String] {
        path.split(separator: slash).reversed().map { String(decoding: $0, as: UTF8.self) }
    }

    private static func openRoot(_ path: String) throws(Distrust) -> (Int32, stat) {
        let root = open("/", clinux_o_path | O_DIRECTORY | O_CLOEXEC)
        guard root >= 0 else { throw Distrust(path, errno) }
        return (root, try look(at: root, on: path))
    }

    /// What an open file is, which is closed where that can't be found out.
    private static func look(at file: Int32, on path: String) throws(Distrust) -> stat {
        var status = stat()
        guard fstat(file, &status) == 0 else {
            defer { close(file) }
            throw Distrust(path, errno)
        }
        return status
    }
}
