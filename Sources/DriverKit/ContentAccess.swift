internal import Glibc
public import Identity
internal import RuleKit
internal import Threads
public import VolumeDriver

/// Reads and writes the bytes of volumes as their users would.
public protocol ContentAccess: Sendable {
    /// Writes bytes to the backend durably.
    func write(_ bytes: [UInt8], at offset: Int64, to volume: VolumeID, of driver: any VolumeDriver) async throws

    func read(_ count: Int, at offset: Int64, of volume: VolumeID, of driver: any VolumeDriver) async throws -> [UInt8]
}

/// Access through a local device or raw file if the driver supports it, otherwise through image files.
struct OfferedContent: ContentAccess {
    let directory: String

    func write(_ bytes: [UInt8], at offset: Int64, to volume: VolumeID, of driver: any VolumeDriver) async throws {
        let isDone: Void? = try await attached(volume, driver) { path in
            try ByteFile(path, O_RDWR).write(bytes, at: offset)
        }
        if isDone == nil {
            try await ImagedContent(directory: directory).write(bytes, at: offset, to: volume, of: driver)
        }
    }

    func read(
        _ count: Int,
        at offset: Int64,
        of volume: VolumeID,
        of driver: any VolumeDriver
    ) async throws -> [UInt8] {
        let bytes = try await attached(volume, driver) { path in try ByteFile(path, O_RDONLY).read(count, at: offset) }
        if let bytes { return bytes }
        return try await ImagedContent(directory: directory).read(count, at: offset, of: volume, of: driver)
    }

    /// Returns `nil` if the driver does not attach volumes as raw bytes.
    private func attached<Value: Sendable>(
        _ volume: VolumeID,
        _ driver: any VolumeDriver,
        _ body: @Sendable (String) throws -> Value
    ) async throws -> Value? {
        guard let driver = try? driver.attaching else { return nil }
        let wasAttached = try await driver.attachment(of: volume) != nil
        let attachment = try await driver.attach(volume, operation: .random())
        let result = await BlockingExecutor.shared.run {
            Result { attachment.format == .raw ? try body(attachment.path) : nil }
        }
        if !wasAttached { try await driver.detach(volume, operation: .random()) }
        return try result.get()
    }
}

/// Access through image files, which is slow.
struct ImagedContent: ContentAccess {
    let directory: String

    func write(_ bytes: [UInt8], at offset: Int64, to volume: VolumeID, of driver: any VolumeDriver) async throws {
        try await imaged(volume, driver) { image, driver in
            try await BlockingExecutor.shared.run { try ByteFile(image.path, O_RDWR).write(bytes, at: offset) }
            try await driver.writeImage(image, into: volume, options: TransferOptions(), operation: .random())
        }
    }

    func read(
        _ count: Int,
        at offset: Int64,
        of volume: VolumeID,
        of driver: any VolumeDriver
    ) async throws -> [UInt8] {
        try await imaged(volume, driver) { image, _ in
            try await BlockingExecutor.shared.run { try ByteFile(image.path, O_RDONLY).read(count, at: offset) }
        }
    }

    private func imaged<Value>(
        _ volume: VolumeID,
        _ driver: any VolumeDriver,
        _ body: (VolumeImage, any ImagingDriver) async throws -> Value
    ) async throws -> Value {
        let driver = try driver.imaging
        let image = VolumeImage(path: "\(directory)/content-\(OperationID.random()).raw", format: .raw)
        defer { unlink(image.path) }
        try await driver.readImage(of: volume, to: image, options: TransferOptions(), operation: .random())
        return try await body(image, driver)
    }
}

/// A file or device that is read and written at offsets.
struct ByteFile: ~Copyable {
    private let descriptor: CInt
    private let path: String

    init(_ path: String, _ flags: CInt) throws {
        descriptor = open(path, flags | O_CLOEXEC, 0o600)
        self.path = path
        guard descriptor >= 0 else { throw Breach("'\(path)' can't be opened: \(String(cString: strerror(errno)))") }
    }

    deinit { close(descriptor) }

    var size: Int64 { get throws { try Int64(checked(lseek(descriptor, 0, SEEK_END), "measured")) } }

    func write(_ bytes: [UInt8], at offset: Int64) throws {
        var done = 0
        while done < bytes.count {
            done += try bytes.withUnsafeBytes { buffer in
                let rest = UnsafeRawBufferPointer(rebasing: buffer[done...])
                return try checked(pwrite(descriptor, rest.baseAddress, rest.count, off_t(offset) + done), "written to")
            }
        }
        _ = try checked(Int(fsync(descriptor)), "written to")
    }

    /// Returns fewer bytes than `count` at the end of the file.
    func read(_ count: Int, at offset: Int64) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: count) { buffer, done in
            while done < count {
                let rest = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[done...])
                let more = try checked(pread(descriptor, rest.baseAddress, rest.count, off_t(offset) + done), "read")
                if more == 0 { return }
                done += more
            }
        }
    }

    func truncate(to size: Int64) throws { _ = try checked(Int(ftruncate(descriptor, off_t(size))), "resized") }

    private func checked(_ result: Int, _ action: String) throws -> Int {
        guard result >= 0 else { throw Breach("'\(path)' can't be \(action): \(String(cString: strerror(errno)))") }
        return result
    }
}
