import CLinux
import Glibc
import SystemPackage
import VolumeDriver

/// The kernel's loop devices, by which files are block devices. To bind one takes root, or access to the control device.
struct LoopDevices: Sendable {
    /// Where the kernel lists block devices.
    var blockDevices = "/sys/block"
    /// What hands out free devices.
    var control = "/dev/loop-control"

    /// Whether this process may ask for a device.
    var areUsable: Bool { access(control, R_OK | W_OK) == 0 }

    /// Binds a free device to the file; `nil` when this process may not.
    ///
    /// - Parameters:
    ///   - file: opened for this alone: the kernel keeps it open, with any lock on it.
    ///   - path: where the file is, for who lists devices.
    func bind(_ file: borrowing OpenFile, at path: String) throws(DriverError) -> BoundLoopDevice? {
        do throws(Errno) {
            // A free device may be taken by somebody else before we are there.
            for _ in 1...1000 {
                let control = try OpenFile(control, .readWrite)
                let number = try systemCall { ioctl(control.descriptor.rawValue, UInt(LOOP_CTL_GET_FREE)) }
                let device = BoundLoopDevice(path: "/dev/loop\(number)")
                if try configure(device, file, at: path) { return device }
            }
            throw Errno.resourceBusy
        } catch {
            if [.notPermitted, .permissionDenied, .noSuchFileOrDirectory, .noSuchAddressOrDevice].contains(error) {
                return nil
            }
            throw DriverError(error, "cannot bind a loop device to '\(path)'")
        }
    }

    /// `false` when somebody else has taken the device. Reads and writes go past the page cache where the file system
    /// can; the kernel falls back by itself.
    private func configure(
        _ device: BoundLoopDevice,
        _ file: borrowing OpenFile,
        at path: String
    ) throws(Errno) -> Bool {
        let node = try OpenFile(device.path, .readWrite)
        var config = loop_config()
        config.fd = UInt32(file.descriptor.rawValue)
        config.info.lo_flags = UInt32(LO_FLAGS_DIRECT_IO)
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

    /// Frees the devices, and waits until the kernel has.
    ///
    /// - Throws: `busy` while somebody has one open.
    func release(_ devices: [BoundLoopDevice]) throws(DriverError) {
        for device in devices {
            do throws(Errno) {
                // Nobody else can have it mounted or claimed then.
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
        for _ in 1...1000 {
            if access("\(blockDevices)/\(name)/loop/backing_file", F_OK) != 0 { return }
            usleep(2000)
        }
        throw DriverError(
            .busy,
            "loop device '\(device.path)' is still open somewhere",
            remedy: "find out by `fuser -v \(device.path)` who has it open"
        )
    }

    /// Has the devices look at the size of their file again.
    func resize(_ devices: [BoundLoopDevice]) throws(DriverError) {
        try each(devices, "resize") { node throws(Errno) in
            _ = try systemCall { ioctl(node.descriptor.rawValue, UInt(LOOP_SET_CAPACITY)) }
        }
    }

    /// Waits until all that was written to the devices is in their file.
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
                // Freed in between.
                if error == .noSuchAddressOrDevice || error == .noSuchFileOrDirectory { continue }
                throw DriverError(error, "cannot \(action) loop device '\(device.path)'")
            }
        }
    }
}
