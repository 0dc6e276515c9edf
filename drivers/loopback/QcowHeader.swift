import SystemPackage
import VolumeDriver

extension QcowHeader {
    /// `nil` if the file is not qcow2.
    init?(of file: borrowing OpenFile) throws(Errno) { self.init(try file.read(Self.length, at: 0)) }
}
