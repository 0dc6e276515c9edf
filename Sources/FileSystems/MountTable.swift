internal import Glibc
public import VolumeDriver

/// A file system that is mounted, as the kernel tells in `/proc/self/mountinfo`.
public struct MountedFileSystem: Sendable, Hashable {
    /// The block device that holds it.
    public let device: DeviceNumber
    /// Where it is mounted.
    public let mountPoint: String
    /// Its type, such as `ext4`.
    public let type: String
    /// What it was mounted from, such as `/dev/loop3`; free text for file systems without a device.
    public let source: String
}

/// The number by which the kernel knows a device, whatever its path is.
public struct DeviceNumber: Sendable, Hashable, CustomStringConvertible {
    let major: UInt32
    let minor: UInt32

    /// The number as the kernel writes it: `7:3`.
    public var description: String { "\(major):\(minor)" }
}

extension DeviceNumber {
    /// Reads what ``description`` gives; `nil` for anything else.
    init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { UInt32($0) }
        guard parts.count == 2, let major = parts[0], let minor = parts[1] else { return nil }
        self.init(major: major, minor: minor)
    }

    /// The number of the block device at `path`.
    ///
    /// - Throws: `notFound` when nothing is there; `refused` when it is not a block device.
    public init(of path: String) throws(DriverError) {
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw DriverError(
                errno == ENOENT ? .notFound : .broken,
                "cannot look at '\(path)'",
                cause: String(cString: strerror(errno))
            )
        }
        guard status.st_mode & S_IFMT == S_IFBLK else {
            throw DriverError(.refused, "'\(path)' is not a block device")
        }
        let number = UInt64(status.st_rdev)
        // As glibc's `major` and `minor`, which are macros.
        self.init(
            major: UInt32(truncatingIfNeeded: (number >> 8) & 0xFFF | (number >> 32) & 0xFFFF_F000),
            minor: UInt32(truncatingIfNeeded: number & 0xFF | (number >> 12) & 0xFFFF_FF00)
        )
    }
}

/// The file systems that this process sees mounted.
public struct MountTable: Sendable {
    /// In the order in which they were mounted: of two at one place, the last is seen there.
    public let mounted: [MountedFileSystem]

    /// Reads the kernel's table.
    ///
    /// - Throws: `broken` when it can't be read.
    public static func read() throws(DriverError) -> MountTable {
        guard let text = contents(of: "/proc/self/mountinfo") else {
            throw DriverError(.broken, "cannot read '/proc/self/mountinfo'", cause: String(cString: strerror(errno)))
        }
        return try MountTable(parsing: text)
    }

    /// - Parameter text: as in `/proc/self/mountinfo`.
    /// - Throws: `broken` when a line has another form: a line that is passed over could be the one that matters.
    init(parsing text: String) throws(DriverError) {
        var mounted: [MountedFileSystem] = []
        for line in text.split(separator: "\n") {
            // ID PARENT MAJOR:MINOR ROOT PLACE OPTIONS [FIELD...] - TYPE SOURCE OPTIONS
            let words = line.split(separator: " ", omittingEmptySubsequences: false)
            guard let dash = words.firstIndex(of: "-"), dash >= 6, words.count > dash + 2,
                let device = DeviceNumber(words[2])
            else {
                throw DriverError(.broken, "'/proc/self/mountinfo' has a line of an unknown form", cause: "\(line)")
            }
            mounted.append(
                MountedFileSystem(
                    device: device,
                    mountPoint: Self.unescaped(words[4]),
                    type: String(words[dash + 1]),
                    source: Self.unescaped(words[dash + 2])
                )
            )
        }
        self.mounted = mounted
    }

    /// The file system that is seen at `directory`, if it is mounted there.
    public func fileSystem(at directory: String) -> MountedFileSystem? {
        mounted.last { $0.mountPoint == directory }
    }

    /// Where file systems of the device are mounted.
    public func mountPoints(of device: DeviceNumber) -> [String] {
        mounted.filter { $0.device == device }.map(\.mountPoint)
    }

    /// The kernel writes spaces and the like as `\040`.
    private static func unescaped(_ word: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = word.utf8[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(3)
            if byte == UInt8(ascii: "\\"), digits.count == 3, let code = UInt8(String(Substring(digits)), radix: 8) {
                bytes.append(code)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func contents(of path: String) -> String? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var (bytes, buffer) = ([UInt8](), [UInt8](repeating: 0, count: 65536))
        while true {
            let count = Glibc.read(file, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return count == 0 ? String(decoding: bytes, as: UTF8.self) : nil }
            bytes += buffer.prefix(count)
        }
    }
}
