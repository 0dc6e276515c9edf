/// A format of files that can be recognized by its first bytes. It only serves to refuse an image whose content
/// contradicts the stated format.
enum ImageSignature: String, CaseIterable {
    case qcow2, qed, vmdk, vhd, vhdx, vdi, parallels
    case gzip, bzip2, xz, zstd

    /// How many bytes of a file are needed.
    static let length = 80

    /// The format of a file that begins with these bytes; `nil` for raw data, as far as one can tell.
    init?(of head: [UInt8]) {
        func begins(_ bytes: [UInt8], at offset: Int = 0) -> Bool { head.dropFirst(offset).starts(with: bytes) }
        let found = Self.allCases.first { format in
            switch format {
            case .qcow2: begins([0x51, 0x46, 0x49, 0xFB])
            case .qed: begins([0x51, 0x45, 0x44, 0])
            case .vmdk: begins(Array("KDMV".utf8)) || begins(Array("# Disk DescriptorFile".utf8))
            case .vhd: begins(Array("conectix".utf8))
            case .vhdx: begins(Array("vhdxfile".utf8))
            case .vdi: begins([0x7F, 0x10, 0xDA, 0xBE], at: 64)
            case .parallels: begins(Array("WithoutFreeSpace".utf8)) || begins(Array("WithouFreSpacExt".utf8))
            case .gzip: begins([0x1F, 0x8B, 8])
            case .bzip2: begins(Array("BZh".utf8)) && begins([0x31, 0x41, 0x59, 0x26, 0x53, 0x59], at: 4)
            case .xz: begins([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0])
            case .zstd: begins([0x28, 0xB5, 0x2F, 0xFD])
            }
        }
        guard let found else { return nil }
        self = found
    }

    /// What a person can do with such a file.
    func remedy(for path: String) -> String {
        switch self {
        case .qcow2: "state its format, qcow2"
        case .gzip, .bzip2, .xz, .zstd: "decompress it first"
        case .qed, .vmdk, .vhd, .vhdx, .vdi, .parallels:
            "convert it first: qemu-img convert -f \(self == .vhd ? "vpc" : rawValue) -O qcow2 '\(path)' NEW"
        }
    }
}
