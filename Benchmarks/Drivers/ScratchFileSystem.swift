import Foundation

/// A file system that is created for a measurement. Needs root.
struct ScratchFileSystem {
    let path: String
    private let shell: Shell

    /// Creates a file system of `kind` in a file below `directory`, or on the given disk.
    init(_ kind: String, in directory: String, disk: String? = nil) throws {
        path = directory + "/mounted-\(kind)"
        shell = Shell(directory: directory)
        let device = disk ?? "\(directory)/\(kind).img"
        if disk == nil { try shell.run([["truncate", "--size", "3G", device]]) }
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try shell.run([["mkfs.\(kind)", "-q", device], ["mount", device, path]])
    }

    func remove() { try? shell.run([["umount", path]]) }
}
