import Glibc
import SystemPackage
import VolumeDriver

extension Stat {
    /// The reason why the file can't be a volume: `a symbolic link`; `nil` if it can.
    var flawAsVolume: String? {
        if type != .regular { return type.words }
        if linkCount != 1 { return "a file with \(linkCount) names" }
        if userID.rawValue != geteuid() { return "a file of user \(userID.rawValue)" }
        return nil
    }
}

extension FileType {
    /// The type of the file in words: `a symbolic link`.
    var words: String {
        switch self {
        case .regular: "a regular file"
        case .directory: "a directory"
        case .symbolicLink: "a symbolic link"
        case .fifo: "a FIFO"
        case .socket: "a socket"
        case .blockSpecial, .characterSpecial: "a device"
        default: "of an unknown type"
        }
    }
}
