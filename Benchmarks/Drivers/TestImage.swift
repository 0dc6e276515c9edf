import Foundation
import VolumeDriver

/// An image of which every second mebibyte is data, and the others are holes.
struct TestImage {
    let raw: VolumeImage
    let qcow2: VolumeImage
    let mebibytes: Int
    var dataMebibytes: Int { mebibytes / 2 }

    init(in directory: String, mebibytes: Int, named name: String = "image") throws {
        raw = VolumeImage(path: "\(directory)/\(name).raw", format: .raw)
        qcow2 = VolumeImage(path: "\(directory)/\(name).qcow2", format: .qcow2)
        self.mebibytes = mebibytes
        try Data().write(to: URL(filePath: raw.path))
        let file = try FileHandle(forWritingTo: URL(filePath: raw.path))
        let random = try FileHandle(forReadingFrom: URL(filePath: "/dev/urandom"))
        for index in stride(from: 0, to: mebibytes, by: 2) {
            try file.seek(toOffset: UInt64(index) << 20)
            try file.write(contentsOf: random.read(upToCount: 1 << 20) ?? Data())
        }
        try file.truncate(atOffset: UInt64(mebibytes) << 20)
        try file.close()
        try Shell(directory: directory)
            .run([["qemu-img", "convert", "-f", "raw", "-O", "qcow2", raw.path, qcow2.path]])
    }

    subscript(format: ImageFormat) -> VolumeImage { format == .raw ? raw : qcow2 }
}

/// Writes a file to the disk and drops it from the page cache, so that every reader starts with the same state.
func coolDown(_ path: String) {
    sync()
    let file = open(path, O_RDONLY)
    guard file >= 0 else { return }
    posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED)
    close(file)
}
