internal import Exports
internal import Foundation
public import Identity
public import VolumeDriver

extension RBDDriver: ImagingDriver {
    /// Raw and qcow2.
    public var imageFormats: Set<ImageFormat> { [.raw, .qcow2] }

    /// Copies an image file to the volume's image.
    public func writeImage(
        _ image: VolumeImage,
        into volume: VolumeID,
        options: TransferOptions,
        operation: OperationID
    ) async throws(DriverError) {
        let action = "write image '\(image.path)' into volume '\(volume)'"
        try await alone(with: volume, action) { () async throws(DriverError) in
            guard let target = try await self.image(volume, action) else { throw try await missing(volume, action) }
            guard image.path.hasPrefix("/"), !image.path.utf8.contains(0) else {
                throw DriverError(.refused, "cannot \(action): the path of the image is not absolute")
            }
            let stamp = try ImageStamp(of: image.path, to: action)
            let size = try await imageTool.size(of: image, to: action)
            guard size <= target.size else {
                throw DriverError(
                    .refused,
                    "cannot \(action): the image has \(size.bytes) bytes, the volume \(target.size.bytes)",
                    remedy: "extend the volume first"
                )
            }
            if try await !ImageUsers.watchers(of: spec(volume), tool, action).isEmpty,
                try await !endIdleTransfer(volume, action)
            {
                throw await inUse(volume, action)
            }
            let folder = try scratchFolder(action)
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let overlay = "\(folder)/overlay"
            try await imageTool.makeOverlay(over: image, size: target.size, at: overlay, to: action)
            try await transferring(volume, action) { uri throws(DriverError) in
                try await imageTool.convert(
                    ["-n", "-W", "-f", "qcow2", "-O", "raw", overlay, uri],
                    size: target.size,
                    options,
                    to: action,
                    remedy: Self.remedy,
                    leftBehind: "'\(spec(volume))', partly overwritten; writing the image again completes it"
                )
            }
            try stamp.checkUnchanged(to: action)
            options.progress?(TransferProgress(completed: target.size, total: target.size))
        }
    }

    /// Copies the volume's image to an image file, which appears when it is complete.
    public func readImage(
        of volume: VolumeID,
        to image: VolumeImage,
        options: TransferOptions,
        operation: OperationID
    ) async throws(DriverError) {
        let action = "read image '\(image.path)' out of volume '\(volume)'"
        try await alone(with: volume, action) { () async throws(DriverError) in
            guard let source = try await self.image(volume, action) else { throw try await missing(volume, action) }
            // An image that is open for reading only does not count as open, whatever happens to the tool.
            try await imageTool.save(
                disk(volume),
                size: source.size,
                as: image,
                options,
                to: action,
                remedy: Self.remedy
            )
        }
    }

    /// Has `qemu-img` compare the volume's image with an image file.
    public func compare(_ volume: VolumeID, with image: VolumeImage) async throws(DriverError) -> Bool? {
        let action = "compare volume '\(volume)' with image '\(image.path)'"
        try await checkPool(action)
        guard let found = try await self.image(volume, action) else { throw try await missing(volume, action) }
        guard try await imageTool.size(of: image, to: action) <= found.size else { return false }
        return try await imageTool.areEqual(disk(volume), .file(image.path, format: image.format), to: action)
    }

    private static let remedy = "check the free space, and whether the cluster answers"

    private var imageTool: ImageTool { ImageTool(tool.runner, package: QEMU.package) }

    private func scratchFolder(_ action: String) throws(DriverError) -> String {
        let folder = FileManager.default.temporaryDirectory.appending(path: "volumectl-\(UUID().uuidString)").path
        do {
            try FileManager.default.createDirectory(
                atPath: folder,
                withIntermediateDirectories: false,
                attributes: [.posixPermissions: 0o700]
            )
            return folder
        } catch {
            throw DriverError(.broken, "cannot \(action): no space for a small file", cause: "\(error)")
        }
    }
}

extension RBDDriver: SnapshotReadingDriver {
    /// Copies the snapshot to an image file, which appears when it is complete.
    public func readImage(
        of snapshot: SnapshotID,
        of volume: VolumeID,
        to image: VolumeImage,
        options: TransferOptions,
        operation: OperationID
    ) async throws(DriverError) {
        let action = "read image '\(image.path)' out of snapshot '\(snapshot)'"
        try await alone(with: volume, action) { () async throws(DriverError) in
            let source = try await require(snapshot, of: volume, action)
            try await imageTool.save(
                disk(volume, snapshot),
                size: source.size,
                as: image,
                options,
                to: action,
                remedy: Self.remedy
            )
        }
    }
}
