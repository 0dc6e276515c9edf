import SystemPackage

/// A loop device with a bound file, as `/sys` shows it without privileges.
struct BoundLoopDevice {
    /// `/dev/loop0`.
    let path: String

    /// Finds the loop devices to which `file` is bound.
    ///
    /// - Parameters:
    ///   - name: the name of the file, which identifies it where its path can't be resolved, for example in another
    ///     mount namespace.
    ///   - blockDevices: `/sys/block`. If it does not exist, there are no loop devices.
    static func serving(
        _ file: Stat,
        named name: String,
        among blockDevices: String
    ) throws(Errno) -> [BoundLoopDevice] {
        try all(among: blockDevices) { isSame($0, as: file, named: name) }
    }

    /// Finds the loop devices whose files were removed from a directory, so that only the device keeps their content.
    static func servingDeletedFiles(
        below directory: String,
        among blockDevices: String
    ) throws(Errno) -> [BoundLoopDevice] {
        try all(among: blockDevices) { $0.string.hasPrefix(directory + "/") && $0.string.hasSuffix(" (deleted)") }
    }

    /// The loop devices with such files, by name.
    private static func all(
        among blockDevices: String,
        where isMeant: (_ backingFile: FilePath) -> Bool
    ) throws(Errno) -> [BoundLoopDevice] {
        var devices: [BoundLoopDevice] = []
        for device in try names(in: blockDevices).sorted() where device.hasPrefix("loop") {
            guard let backing = try backingFile(of: "\(blockDevices)/\(device)"), isMeant(backing) else { continue }
            devices.append(BoundLoopDevice(path: "/dev/\(device)"))
        }
        return devices
    }

    private static func isSame(_ backing: FilePath, as file: Stat, named name: String) -> Bool {
        guard let status = try? Stat(backing) else { return backing.lastComponent?.string == name }
        return status.deviceID == file.deviceID && status.inode == file.inode
    }

    private static func names(in blockDevices: String) throws(Errno) -> [String] {
        do throws(Errno) {
            return try OpenFile(blockDevices, .readOnly, .directory).names()
        } catch {
            guard error == .noSuchFileOrDirectory else { throw error }
            return []
        }
    }

    /// The attribute exists only while a file is bound.
    private static func backingFile(of device: String) throws(Errno) -> FilePath? {
        do throws(Errno) {
            let text = try OpenFile("\(device)/loop/backing_file", .readOnly).text(upTo: 4096)
            return FilePath(text.hasSuffix("\n") ? String(text.dropLast()) : text)
        } catch {
            // The second error occurs while the device is being freed.
            guard error == .noSuchFileOrDirectory || error == .operationNotSupportedByDevice else { throw error }
            return nil
        }
    }
}
