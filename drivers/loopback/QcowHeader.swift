import SystemPackage

/// The header of a qcow2 file, as far as it is needed here.
struct QcowHeader {
    /// The virtual size of the image in bytes.
    let size: Int64
    /// Why the image can't be used, or not by itself: `a backing file`; `nil` if it can. A file that it refers to could
    /// be any file of this host.
    let flaw: String?

    /// Dirty, corrupt, external data file, compression type, extended entries.
    private static let knownFeatures: UInt64 = 0x1F

    /// `nil` if the file is not qcow2.
    init?(of file: borrowing OpenFile) throws(Errno) {
        let bytes = try file.read(104, at: 0)
        guard bytes.count >= 72, bytes.starts(with: [0x51, 0x46, 0x49, 0xFB]) else { return nil }
        func number(at offset: Int, bytes count: Int) -> UInt64 {
            bytes[offset..<offset + count].reduce(0) { $0 << 8 | UInt64($1) }
        }
        let version = number(at: 4, bytes: 4)
        guard version == 2 || version == 3, let size = Int64(exactly: number(at: 24, bytes: 8)) else { return nil }
        self.size = size
        let features = version == 3 && bytes.count >= 80 ? number(at: 72, bytes: 8) : 0
        flaw =
            if number(at: 8, bytes: 8) != 0 {
                "a backing file"
            } else if features & 4 != 0 {
                "an external data file"
            } else if features & 2 != 0 {
                "the mark of a corrupt image"
            } else if features & ~Self.knownFeatures != 0 {
                "unknown features"
            } else if number(at: 32, bytes: 4) != 0 {
                "encryption"
            } else {
                nil
            }
    }
}
