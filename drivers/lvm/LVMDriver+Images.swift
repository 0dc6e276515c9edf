internal import Exports
internal import Glibc
public import Identity
internal import Threads
public import VolumeDriver

extension LVMDriver: ImagingDriver {
    static let imagePackage = "the package qemu-utils"

    /// Raw, and qcow2 if `qemu-img` is installed.
    public var imageFormats: Set<ImageFormat> { ImageTool.isInstalled ? [.raw, .qcow2] : [.raw] }

    /// Copies the image to the volume, followed by zeros. Blocks that are zero already are not written, so that they
    /// take no space of a thin pool.
    public func writeImage(
        _ image: VolumeImage,
        into volume: VolumeID,
        options: TransferOptions,
        operation: OperationID
    ) async throws(DriverError) {
        let action = "write image '\(image.path)' into volume '\(volume)'"
        try check(image, to: action)
        try await exclusively(volume) { () throws(DriverError) in
            let found = try usable(volume, try await holdings(of: volume, to: action), to: action)
            try refuseIfAttached(found, to: action)
            let size = found.sizeBeforeExtension ?? found.size
            let stamp = try ImageStamp(of: image.path, to: action)
            let length = try await length(of: image, stamp, to: action)
            guard length <= size else {
                throw DriverError(
                    .refused,
                    "cannot \(action): the image has \(length.bytes) bytes, the volume \(size.bytes)",
                    remedy: "extend the volume first"
                )
            }
            try await awake(found.name, to: action) { () throws(DriverError) in
                let isRaw = image.format == .raw
                let copy = BlockCopy(
                    source: image.path,
                    target: tools.device(found.name),
                    count: isRaw ? length.bytes : 0,
                    end: size.bytes
                )
                guard !isRaw else { return try await devices.copy(copy, options: options) }
                // Zeros first, because `qemu-img` would write them even where the volume reads as zeros.
                try await devices.copy(copy, options: TransferOptions(bytesPerSecond: options.bytesPerSecond))
                let source = NBDImage.file(image.path, format: image.format).specification
                try await imageTool.convert(
                    ["-n", "--target-is-zero", "-t", "writeback", "-O", "raw", source, copy.target],
                    size: length,
                    options,
                    to: action,
                    remedy: Self.imageRemedy
                )
                options.progress?(TransferProgress(completed: length, total: length))
            }
            try stamp.checkUnchanged(to: action)
        }
    }

    /// Compares the bytes of a raw image, and has `qemu-img` compare another one.
    public func compare(_ volume: VolumeID, with image: VolumeImage) async throws(DriverError) -> Bool? {
        let action = "compare volume '\(volume)' with image '\(image.path)'"
        try check(image, to: action)
        return try await exclusively(volume) { () throws(DriverError) in
            let found = try usable(volume, try await holdings(of: volume, to: action), to: action)
            // The added part does not read as zeros yet.
            guard found.sizeBeforeExtension == nil else { return nil }
            let stamp = try ImageStamp(of: image.path, to: action)
            guard try await length(of: image, stamp, to: action) <= found.size else { return false }
            let device = tools.device(found.name)
            return try await awake(found.name, to: action) { () throws(DriverError) in
                guard image.format != .raw else { return try await devices.isEqual(device, to: image.path) }
                return try await imageTool.areEqual(
                    .device(device),
                    .file(image.path, format: image.format),
                    to: action
                )
            }
        }
    }

    /// Copies the volume to a file with holes for zeros, which gets its name when it is complete.
    public func readImage(
        of volume: VolumeID,
        to image: VolumeImage,
        options: TransferOptions,
        operation: OperationID
    ) async throws(DriverError) {
        let action = "read volume '\(volume)' to image '\(image.path)'"
        try check(image, to: action)
        try await exclusively(volume) { () throws(DriverError) in
            let found = try usable(volume, try await holdings(of: volume, to: action), to: action)
            let size = found.sizeBeforeExtension ?? found.size
            try await read(found, size, awaking: found.name, to: image, options, action)
        }
    }

    /// Reads the first `size` bytes of a logical volume, which is active while `name` is.
    private func read(
        _ source: LogicalVolume,
        _ size: ByteCount,
        awaking name: String,
        to image: VolumeImage,
        _ options: TransferOptions,
        _ action: String
    ) async throws(DriverError) {
        try await awake(name, to: action) { () throws(DriverError) in
            let device = tools.device(source.name)
            guard image.format == .raw else {
                return try await imageTool.save(
                    .device(device),
                    size: size,
                    as: image,
                    isShared: true,
                    options,
                    to: action,
                    remedy: Self.imageRemedy
                )
            }
            let target = try UnfinishedImage(image, to: action)
            // A published file is not removed.
            defer { target.remove() }
            var copy = BlockCopy(source: device, target: target.partialPath, count: size.bytes, end: size.bytes)
            copy.makesFile = true
            try await devices.copy(copy, options: options)
            try await BlockingExecutor.shared.run { () throws(DriverError) in try target.publish() }
        }
    }

    private var imageTool: ImageTool { ImageTool(tools.programs, package: Self.imagePackage) }

    private static let imageRemedy = "check the free space, and the disks: dmesg"

    /// The virtual size of an image file.
    private func length(of image: VolumeImage, _ stamp: ImageStamp, to action: String) async throws(DriverError)
        -> ByteCount
    {
        image.format == .raw ? stamp.size : try await imageTool.size(of: image, to: action)
    }

    private func check(_ image: VolumeImage, to action: String) throws(DriverError) {
        guard image.path.hasPrefix("/"), !image.path.utf8.contains(0) else {
            throw DriverError(
                .refused,
                "cannot \(action): it is not an absolute path",
                remedy: "write the absolute path"
            )
        }
        guard imageFormats.contains(image.format) else {
            throw DriverError(
                .refused,
                "cannot \(action): images of format '\(image.format.rawValue)' need the program '\(ImageTool.program)'",
                remedy: "install \(Self.imagePackage)"
            )
        }
    }
}

extension LVMDriver: SnapshotReadingDriver {
    /// Copies the snapshot to a file with holes for zeros, whether its volume is in use or not.
    public func readImage(
        of snapshot: SnapshotID,
        of volume: VolumeID,
        to image: VolumeImage,
        options: TransferOptions,
        operation: OperationID
    ) async throws(DriverError) {
        let action = "read snapshot '\(snapshot)' to image '\(image.path)'"
        try check(image, to: action)
        try await exclusively(volume) { () throws(DriverError) in
            let (found, size) = try usable(snapshot, try await holdings(of: volume, to: action), to: action)
            // A classic snapshot is active together with its volume.
            let name = found.attributes.isThinVolume ? found.name : found.origin ?? found.name
            try await read(found, size, awaking: name, to: image, options, action)
        }
    }
}
