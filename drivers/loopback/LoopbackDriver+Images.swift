public import Identity
import SystemPackage
public import VolumeDriver

extension LoopbackDriver: ImagingDriver {
    /// Raw, and qcow2 if `qemu-img` is installed.
    public var imageFormats: Set<ImageFormat> { qemuImg.isInstalled ? [.raw, .qcow2] : [.raw] }

    /// Replaces the volume's file by one with the content of the image. Until then the volume is unchanged.
    public func writeImage(
        _ image: VolumeImage,
        into volume: VolumeID,
        options: TransferOptions,
        operation: OperationID
    ) async throws(DriverError) {
        try checkFormat(image.format)
        let action = "write image '\(image.path)' into volume '\(volume)'"
        let source = try await blocking { () throws(DriverError) in try ImageFile(image).open() }
        let length = try await blocking { () throws(DriverError) in try Self.size(of: source, image) }
        let stamp = try ImageStamp(of: source.file.path, named: image.path, to: action)
        if image.format == .qcow2 { try await qemuImg.check(source, as: image.path) }
        try await replacing(volume) { making, held throws(DriverError) in
            let size = try making.pool.size(of: .volume(volume), held.status) ?? .zero
            guard length <= size else {
                throw DriverError(
                    .refused,
                    "image '\(image.path)' has \(length.bytes) bytes, more than volume '\(volume)' of \(size.bytes)",
                    remedy: "extend the volume first"
                )
            }
            if self.options.format == .raw, image.format == .raw {
                try await blocking { () throws(DriverError) in
                    try making.fill(
                        from: source.file,
                        length: length.bytes,
                        size: size.bytes,
                        options: options
                    )
                }
            } else {
                let format = self.options.format
                try await qemuImg.convert(source, image.format, to: making.held, format, size: length, options: options)
                if format == .qcow2, length < size { try await qemuImg.resize(making.held, to: size) }
                if format == .raw {
                    try await blocking { () throws(DriverError) in
                        try making.checkSize(length, upTo: 512)
                        try making.claimRoom(size.bytes)
                    }
                }
            }
            try stamp.checkUnchanged(to: action)
        }
    }

    /// Compares the bytes of raw files, and has `qemu-img` compare the others.
    public func compare(_ volume: VolumeID, with image: VolumeImage) async throws(DriverError) -> Bool? {
        try checkFormat(image.format)
        let isRaw = options.format == .raw && image.format == .raw
        let (source, held, isEqual) = try await blocking { () throws(DriverError) in
            let source = try ImageFile(image).open()
            guard let pool = try openPool() else { throw missing(volume) }
            let held = try HeldFile.volume(volume, in: pool)
            guard isRaw else { return (source, held, Bool?.none) }
            let difference = try FileComparison.difference(
                held.file.descriptor.rawValue,
                source.file.descriptor.rawValue,
                isPadded: true,
                to: "compare volume '\(volume)' with image '\(image.path)'"
            )
            return (source, held, difference == nil)
        }
        if isRaw { return isEqual }
        return try await qemuImg.compare(held, options.format, with: source, image.format)
    }

    /// Copies or converts the volume's file.
    public func readImage(
        of volume: VolumeID,
        to image: VolumeImage,
        options: TransferOptions,
        operation: OperationID
    ) async throws(DriverError) {
        try await readImage(to: image, options: options) { pool throws(DriverError) in
            let held = try HeldFile.volume(volume, in: pool)
            guard let size = try pool.size(of: .volume(volume), held.status), size > .zero else {
                throw missing(volume)
            }
            try settle(held, volume, in: pool)
            return (held, size)
        } orMissing: {
            missing(volume)
        }
    }

    private func readImage(
        to image: VolumeImage,
        options: TransferOptions,
        from source:
            @escaping @Sendable (borrowing PoolDirectory) throws(DriverError) -> (HeldFile, ByteCount),
        orMissing missing: @escaping @Sendable () -> DriverError
    ) async throws(DriverError) {
        try checkFormat(image.format)
        let transfer = try await blocking { () throws(DriverError) in
            let file = try ImageFile(image)
            guard let pool = try openPool() else { throw missing() }
            let (held, size) = try source(pool)
            let target = try file.make()
            return ReadTransfer(file, source: held, target: target, size: size)
        }
        do throws(DriverError) {
            if self.options.format == .raw, image.format == .raw {
                try await blocking { () throws(DriverError) in try transfer.copy(options) }
            } else {
                if self.options.format == .qcow2 {
                    try await qemuImg.check(transfer.source, as: transfer.source.file.path)
                }
                try await qemuImg.convert(
                    transfer.source,
                    self.options.format,
                    to: transfer.target,
                    image.format,
                    size: transfer.size,
                    options: options
                )
            }
            try await blocking { () throws(DriverError) in
                try transfer.checkSize(image)
                try transfer.file.publish(transfer.target)
            }
        } catch {
            try? transfer.file.abandon()
            throw error
        }
    }

    private func checkFormat(_ format: ImageFormat) throws(DriverError) {
        guard !imageFormats.contains(format) else { return }
        throw DriverError(
            .refused,
            "images of format '\(format.rawValue)' can't be read or written here",
            cause: "there is no program 'qemu-img'",
            remedy: "install \(QemuImg.package)"
        )
    }

    /// The virtual size of the image. An image that refers to other files is refused, because they could be any files.
    private static func size(of file: HeldFile, _ image: VolumeImage) throws(DriverError) -> ByteCount {
        guard image.format == .qcow2 else { return ByteCount(bytes: file.status.size) ?? .zero }
        let header: QcowHeader?
        do throws(Errno) {
            header = try QcowHeader(of: file.file)
        } catch {
            throw DriverError(error, "cannot read image file '\(image.path)'")
        }
        guard let header, header.flaw == nil, let size = ByteCount(bytes: header.size) else {
            throw DriverError(
                .refused,
                "image '\(image.path)' " + (header?.flaw.map { "has \($0)" } ?? "is not of format 'qcow2'"),
                remedy: "convert it to a standalone image first"
            )
        }
        return size
    }
}

extension LoopbackDriver: SnapshotReadingDriver {
    /// Copies or converts the snapshot's file.
    public func readImage(
        of snapshot: SnapshotID,
        of volume: VolumeID,
        to image: VolumeImage,
        options: TransferOptions,
        operation: OperationID
    ) async throws(DriverError) {
        let name = PoolFileName.snapshot(snapshot, of: volume)
        try await readImage(to: image, options: options) { pool throws(DriverError) in
            guard let held = try HeldFile.existing(name, in: pool, .readOnly),
                let size = try pool.size(of: name, held.status), size > .zero
            else { throw DriverError(.notFound, "there is no snapshot file '\(pool.path(of: name))'") }
            return (held, size)
        } orMissing: {
            DriverError(.notFound, "there is no snapshot '\(snapshot)' of volume '\(volume)'")
        }
    }
}

/// The objects that reading a volume needs.
private final class ReadTransfer: Sendable {
    let file: ImageFile
    let source: HeldFile
    let target: HeldFile
    let size: ByteCount

    init(_ file: consuming ImageFile, source: HeldFile, target: HeldFile, size: ByteCount) {
        self.file = file
        self.source = source
        self.target = target
        self.size = size
    }

    /// Throws unless the image has the virtual size of the volume, whatever the tool reported.
    func checkSize(_ image: VolumeImage) throws(DriverError) {
        let found: Int64
        do throws(Errno) {
            found = image.format == .raw ? try target.file.status().size : try QcowHeader(of: target.file)?.size ?? 0
        } catch {
            throw DriverError(error, "cannot look at image '\(image.path)'")
        }
        guard found == size.bytes else {
            throw DriverError(.broken, "image '\(image.path)' was made with \(found) bytes, not \(size.bytes)")
        }
    }

    func copy(_ options: TransferOptions) throws(DriverError) {
        var copy = FileCopy(isSharing: true, pace: Pace(options, total: size.bytes))
        do throws(Errno) {
            guard try copy.copy(source.file, to: target.file, length: size.bytes) else { throw Errno.canceled }
            guard try source.file.status().size >= size.bytes else { throw Errno.ioError }
            try target.file.resize(to: size.bytes)
        } catch {
            if error == .canceled { throw DriverError(.cancelled, "cannot read a volume: the call was cancelled") }
            throw DriverError(error, "cannot write an image file")
        }
    }
}
