/// The header of a qcow2 file, as far as it is needed to judge the file without QEMU.
package struct QcowHeader: Sendable {
    /// How many bytes of a file contain everything that is read here.
    package static let length = 104
    /// The virtual size of the image in bytes.
    package let size: Int64
    /// The reason why the image can't be used, or not by itself: `a backing file`; `nil` if it can. A file that it refers to could
    /// be any file of this host.
    package let flaw: String?
    /// The end of the image's first-level table in the file.
    package let tableEnd: Int64

    /// Dirty, corrupt, external data file, compression type, extended entries.
    private static let knownFeatures: UInt64 = 0x1F

    /// `nil` if the file is not qcow2.
    ///
    /// - Parameter bytes: the first ``length`` bytes of the file, or all of a shorter one.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count >= 72, bytes.starts(with: [0x51, 0x46, 0x49, 0xFB]) else { return nil }
        func number(at offset: Int, bytes count: Int) -> UInt64 {
            bytes[offset..<offset + count].reduce(0) { $0 << 8 | UInt64($1) }
        }
        let version = number(at: 4, bytes: 4)
        guard version == 2 || version == 3, let size = Int64(exactly: number(at: 24, bytes: 8)) else { return nil }
        self.size = size
        let (end, isTooLarge) = number(at: 40, bytes: 8).addingReportingOverflow(number(at: 36, bytes: 4) * 8)
        tableEnd = isTooLarge ? .max : Int64(clamping: end)
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
