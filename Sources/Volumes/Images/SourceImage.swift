internal import Glibc
internal import TaskFlow
internal import Trust
internal import VolumeAPI
internal import VolumeDriver

/// An image file of which a volume is made, as it was when the request was checked.
struct SourceImage: Sendable, Hashable, Codable {
    /// Its path has no symbolic links.
    let image: VolumeImage
    /// Its virtual size.
    let size: ByteCount
    private let stamp: ImageStamp
    /// The host of the file; `nil` if the database has no hosts.
    private var host: String?

    /// Where the file can be read; `nil` if the database has no hosts.
    var place: Place? { host.map(Place.host) }

    /// Checks the file's path, and that its content is what its format says, as far as the beginning of the file shows.
    ///
    /// - Parameters:
    ///   - host: this host; `nil` if the database has no hosts.
    ///   - label: what the volume is called.
    /// - Throws: `invalidInput` if it is not such an image; `notFound`; `notPermitted` if it can't be read, or root can't
    ///   trust it.
    init(checking image: VolumeImage, on host: String? = nil, for label: String) throws(VolumeError) {
        self.host = host
        let headline = "cannot create volume \"\(label)\" from image '\(image.path)'"
        func refusal(_ problem: String, _ remedy: String) -> VolumeError {
            VolumeError(.invalidInput, "\(headline): \(problem)", remedies: [.advice(remedy)])
        }
        if let scheme = image.path.urlScheme {
            let remedy = scheme == "file" ? "name its path" : "download it first, and name the file"
            throw refusal("images are files of this host, not \(scheme) addresses", remedy)
        }
        guard image.path.hasPrefix("/"), !image.path.utf8.contains(0) else {
            throw refusal("its path is not absolute", "write the path from the root")
        }
        // Whether it is a regular file comes first: no other kind is opened, nor advised to be changed.
        _ = try Self.stamp(of: image.path, headline)
        let file: TrustedPath
        do throws(Distrust) {
            file = try Trust.open(data: image.path)
        } catch {
            throw VolumeError(error, headline)
        }
        guard file.path.hasSuffix(image.path.lastName) else {
            throw refusal("it is a symbolic link", "name the file itself: '\(file.path)'")
        }
        self.image = VolumeImage(path: file.path, format: image.format)
        stamp = try Self.stamp(of: file.path, headline)
        let head = try Self.head(of: file, headline)
        switch image.format {
        case .raw:
            if let signature = ImageSignature(of: head) {
                throw refusal(
                    "it is not raw: its content is that of a \(signature.rawValue) file",
                    signature.remedy(for: image.path)
                )
            }
            size = stamp.size
        case .qcow2:
            guard let header = QcowHeader(head), let size = ByteCount(bytes: header.size) else {
                let signature = ImageSignature(of: head)
                throw refusal(
                    "it is not qcow2"
                        + (signature.map { $0 == .qcow2 ? ": its header is damaged" : ", but a \($0.rawValue) file" }
                            ?? ""),
                    signature.map { $0 == .qcow2 ? "get the whole file again" : $0.remedy(for: image.path) }
                        ?? "state its format; a file without a format is raw"
                )
            }
            if let flaw = header.flaw {
                throw refusal(
                    "it has \(flaw)",
                    "convert it to a standalone image, if you trust it: qemu-img convert -f qcow2 -O qcow2 '\(image.path)' NEW"
                )
            }
            guard header.tableEnd <= stamp.size.bytes else {
                throw refusal("it is incomplete, with \(stamp.size.bytes) bytes", "get the whole file again")
            }
            self.size = size
        }
        guard size > .zero else { throw refusal("it is empty", "name an image with content") }
        do throws(DriverError) {
            try stamp.checkUnchanged(to: "check the image")
        } catch {
            throw VolumeError(.conflict, "\(headline): \(error.message)", remedies: Remedy.list(error))
        }
    }

    /// - Throws: `invalidInput` if the image is larger than the volume, or the volume's size depends on its pool.
    func requireFit(in requested: RequestedSize, of label: String) throws(VolumeError) {
        if let requested = requested.size, requested >= size { return }
        let headline = "cannot create volume \"\(label)\" from image '\(image.path)'"
        throw VolumeError(
            .invalidInput,
            requested.size.map { "\(headline): \($0) is too small" }
                ?? "\(headline): its size can't be a share of the free space",
            cause: "the image has \(size) (\(size.bytes) bytes)"
                + (requested.size.map { ", the volume would have \($0.bytes) bytes" } ?? ""),
            remedies: [.advice("leave out the size, or name a larger one")]
        )
    }

    /// - Throws: `refused` if the file is not as it was when it was checked.
    func requireUnchanged() throws(DriverError) { try stamp.checkStillThere(to: "write image '\(image.path)'") }

    /// Writes the image to a volume, and compares the two if the driver can.
    func write(
        to volume: VolumeID,
        by driver: any VolumeDriver,
        _ context: TaskContext
    ) async throws(DriverError) {
        let driver = try driver.imaging
        let options = TransferOptions { context.report($0) }
        try await driver.writeImage(image, into: volume, options: options, operation: context.operation)
        let isEqual = try await driver.compare(volume, with: image)
        try requireUnchanged()
        guard isEqual == false else { return }
        throw DriverError(
            .broken,
            "the driver reported image '\(image.path)' as written to the volume, but their contents differ",
            remedy: "look for errors of the pool's disks: dmesg"
        )
    }

    /// - Throws: `notFound`; `invalidInput` if it is no regular file.
    private static func stamp(of path: String, _ headline: String) throws(VolumeError) -> ImageStamp {
        do throws(DriverError) {
            return try ImageStamp(of: path, to: "read the image")
        } catch {
            throw VolumeError(
                error.code == .notFound ? .notFound : .invalidInput,
                "\(headline): \(error.message)",
                cause: error.cause,
                remedies: [.advice(error.remedy ?? "name an image that exists and that you can read")]
            )
        }
    }

    private static func head(of file: TrustedPath, _ headline: String) throws(VolumeError) -> [UInt8] {
        let descriptor: Int32
        do throws(Distrust) {
            descriptor = try file.openForReading()
        } catch {
            throw VolumeError(error, headline)
        }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: max(QcowHeader.length, ImageSignature.length))
        let count = pread(descriptor, &bytes, bytes.count, 0)
        return Array(bytes.prefix(max(0, count)))
    }
}
