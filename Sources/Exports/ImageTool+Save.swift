internal import Threads
public import VolumeDriver

extension ImageTool {
    /// Copies a disk to an image file, which gets its name when it is complete and durable. Its virtual size is verified, whatever
    /// the tool reported.
    ///
    /// - Parameters:
    ///   - size: the size of the disk.
    ///   - isShared: whether another process may write to the disk meanwhile.
    ///   - action: what the copy is for, as the words after "cannot" in errors.
    ///   - remedy: what to do about a failure.
    /// - Throws: `refused` if the path is not the absolute path of a file; `broken`; `cancelled`. Nothing is left then.
    public func save(
        _ disk: NBDImage,
        size: ByteCount,
        as image: VolumeImage,
        isShared: Bool = false,
        _ options: TransferOptions,
        to action: String,
        remedy: String
    ) async throws(DriverError) {
        let file = try UnfinishedImage(image, to: action)
        // A published file is not removed.
        defer { file.remove() }
        try file.create()
        try await convert(
            (isShared ? ["-U"] : []) + ["-O", image.format.rawValue, disk.specification, file.partialPath],
            environment: disk.environment,
            size: size,
            options,
            to: action,
            remedy: remedy
        )
        let made = VolumeImage(path: file.partialPath, format: image.format)
        guard try await self.size(of: made, to: action) == size else {
            throw DriverError(.broken, "cannot \(action): the image does not have \(size.bytes) bytes")
        }
        try await BlockingExecutor.shared.run { () throws(DriverError) in try file.publish() }
        options.progress?(TransferProgress(completed: size, total: size))
    }
}
