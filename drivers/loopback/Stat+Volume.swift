import Glibc
import SystemPackage
import VolumeDriver

extension Stat {
    /// What forbids to use the file as a volume: `a symbolic link`; `nil` when nothing does.
    var flawAsVolume: String? {
        if type != .regular { return type.words }
        if linkCount != 1 { return "a file with \(linkCount) names" }
        if userID.rawValue != geteuid() { return "a file of user \(userID.rawValue)" }
        return nil
    }
}

extension FileType {
    /// What a message calls it: `a symbolic link`.
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
