import CLinux
import Glibc
import SystemPackage
import VolumeDriver

/// The kernel's loop devices, which present files as block devices. Binding one takes root, or access to the control
/// device.
struct LoopDevices: Sendable {
    /// The kernel's list of block devices.
    var blockDevices = "/sys/block"
    /// The device that allocates loop devices.
    var control = "/dev/loop-control"

    /// Whether this process may allocate devices.
    var areUsable: Bool { access(control, R_OK | W_OK) == 0 }

    /// Binds a free device to the file; returns `nil` if this process is not allowed to.
    ///
    /// - Parameters:
    ///   - file: opened for this purpose, because the kernel keeps it open, with any lock on it.
    ///   - path: the path that lists of devices show.
    ///   - isReadOnly: whether the device refuses writes.
    func bind(_ file: borrowing OpenFile, at path: String, isReadOnly: Bool) throws(DriverError) -> BoundLoopDevice? {
        do throws(Errno) {
            // Another process may take the free device first.
            for _ in 1...1000 {
                let control = try OpenFile(control, .readWrite)
                let number = try systemCall { ioctl(control.descriptor.rawValue, UInt(LOOP_CTL_GET_FREE)) }
                let device = BoundLoopDevice(path: "/dev/loop\(number)")
                if try configure(device, file, at: path, isReadOnly: isReadOnly) { return device }
            }
            throw Errno.resourceBusy
        } catch {
            if [.notPermitted, .permissionDenied, .noSuchFileOrDirectory, .noSuchAddressOrDevice].contains(error) {
                return nil
            }
            throw DriverError(error, "cannot bind a loop device to '\(path)'")
        }
    }

    /// Returns `false` if another process has taken the device. I/O bypasses the page cache where the file system
    /// supports it; otherwise the kernel falls back by itself.
    private func configure(
        _ device: BoundLoopDevice,
        _ file: borrowing OpenFile,
        at path: String,
        isReadOnly: Bool
    ) throws(Errno) -> Bool {
        let node = try OpenFile(device.path, .readWrite)
        var config = loop_config()
        config.fd = UInt32(file.descriptor.rawValue)
        config.info.lo_flags = UInt32(LO_FLAGS_DIRECT_IO) | (isReadOnly ? UInt32(LO_FLAGS_READ_ONLY) : 0)
        withUnsafeMutableBytes(of: &config.info.lo_file_name) { name in
            name.copyBytes(from: path.utf8.prefix(name.count - 1))
        }
        do throws(Errno) {
            _ = try systemCall { ioctl(node.descriptor.rawValue, UInt(LOOP_CONFIGURE), &config) }
            return true
        } catch {
            guard error == .resourceBusy else { throw error }
            return false
        }
    }

    /// The attachment by a bound device, as `/sys` shows it.
    func attachment(_ device: BoundLoopDevice) -> LocalAttachment {
        let name = FilePath(device.path).lastComponent?.string ?? ""
        let flag = try? OpenFile("\(blockDevices)/\(name)/ro", .readOnly).text(upTo: 8)
        return LocalAttachment(path: device.path, isDevice: true, isReadOnly: flag?.hasPrefix("1") == true)
    }

    /// Frees the devices and waits until they are free.
    ///
    /// - Throws: `busy` while a program has one open.
    func release(_ devices: [BoundLoopDevice]) throws(DriverError) {
        for device in devices {
            do throws(Errno) {
                // Exclusive access means that nothing else has it mounted or claimed.
                let node = try OpenFile(device.path, .readWrite, .exclusiveCreate)
                try node.synchronize()
                do throws(Errno) {
                    _ = try systemCall { ioctl(node.descriptor.rawValue, UInt(LOOP_CLR_FD)) }
                } catch {
                    guard error == .noSuchAddressOrDevice else { throw error }
                }
            } catch {
                if error == .noSuchAddressOrDevice || error == .noSuchFileOrDirectory { continue }
                throw DriverError(error, "cannot free loop device '\(device.path)'")
            }
            try waitUntilFree(device)
        }
    }

    private func waitUntilFree(_ device: BoundLoopDevice) throws(DriverError) {
        let name = FilePath(device.path).lastComponent?.string ?? ""
        // A process that looks for a free device has it open for a moment, which is long on a busy machine.
        for _ in 1...5000 {
            if access("\(blockDevices)/\(name)/loop/backing_file", F_OK) != 0 { return }
            usleep(2000)
        }
        throw DriverError(
            .busy,
            "loop device '\(device.path)' is still open somewhere",
            remedy: "find what has it open with `fuser -v \(device.path)`"
        )
    }

    /// The devices whose files were removed from a directory.
    func servingDeletedFiles(below directory: String) throws(DriverError) -> [BoundLoopDevice] {
        do throws(Errno) {
            let path = FilePath(directory).lexicallyNormalized().string
            return try BoundLoopDevice.servingDeletedFiles(below: path, among: blockDevices)
        } catch {
            throw DriverError(error, "cannot look at the loop devices")
        }
    }

    /// Makes the devices adopt the new size of their file.
    func resize(_ devices: [BoundLoopDevice]) throws(DriverError) {
        try each(devices, "resize") { node throws(Errno) in
            _ = try systemCall { ioctl(node.descriptor.rawValue, UInt(LOOP_SET_CAPACITY)) }
        }
    }

    /// Writes all data of the devices to their file.
    func flush(_ devices: [BoundLoopDevice]) throws(DriverError) {
        try each(devices, "flush") { node throws(Errno) in try node.synchronize() }
    }

    private func each(
        _ devices: [BoundLoopDevice],
        _ action: String,
        _ body: (borrowing OpenFile) throws(Errno) -> Void
    ) throws(DriverError) {
        for device in devices {
            do throws(Errno) {
                try body(OpenFile(device.path, .readWrite))
            } catch {
                // The device was freed in between.
                if error == .noSuchAddressOrDevice || error == .noSuchFileOrDirectory { continue }
                throw DriverError(error, "cannot \(action) loop device '\(device.path)'")
            }
        }
    }
}
