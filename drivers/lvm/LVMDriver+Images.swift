import Glibc
public import Identity
public import VolumeDriver

extension LVMDriver: ImagingDriver {
    /// Only raw. Other formats need a tool that interprets what the author of an image wrote.
    public var imageFormats: Set<ImageFormat> { [.raw] }

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
            let length = stamp.size.bytes
            guard length <= size.bytes else {
                throw DriverError(
                    .refused,
                    "cannot \(action): the image has \(length) bytes, the volume \(size.bytes)",
                    remedy: "extend the volume first"
                )
            }
            try await awake(found.name, to: action) { () throws(DriverError) in
                let copy = BlockCopy(
                    source: image.path,
                    target: tools.device(found.name),
                    count: length,
                    end: size.bytes
                )
                try await devices.copy(copy, options: options)
            }
            try stamp.checkUnchanged(to: action)
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
            let target = try UnfinishedImage(image, to: action)
            // A published file is not removed.
            defer { target.remove() }
            try await awake(found.name, to: action) { () throws(DriverError) in
                var copy = BlockCopy(
                    source: tools.device(found.name),
                    target: target.partialPath,
                    count: size.bytes,
                    end: size.bytes
                )
                copy.makesFile = true
                try await devices.copy(copy, options: options)
            }
            try target.publish()
        }
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
                "cannot \(action): '\(image.format.rawValue)' is not supported by this driver",
                remedy: "convert it: `qemu-img convert -f \(image.format.rawValue) -O raw`"
            )
        }
    }
}
