internal import Glibc
internal import Identity
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// Has the pool's driver write the content to a file with a temporary name, and verifies it.
struct ReadImage: RevertibleTask, PlacedTask {
    struct Input: Fields {
        @Field var volume: VolumeID
        @Field var snapshot: SnapshotID?
        @Field var image: VolumeImage
        @Field var pool: String
        @Field var host: String?
        @Field var size: ByteCount
    }
    struct Output: Fields {
        /// The complete file.
        @Field var file: FileIdentity
    }
    static let name = "read-image"
    let pools: PoolRegistry

    func place(for input: Input) -> Place? { input.host.map(Place.host) ?? .pool(input.pool) }

    func execute(_ input: Input) async throws -> Output {
        let driver = try await pools.driver(of: input.pool).imaging
        let context = TaskContext.required
        let made = UnpublishedImage(of: input.image, named: "\(context.flow)").image
        let options = TransferOptions { context.report($0) }
        if let snapshot = input.snapshot {
            try await driver.snapshotReading
                .readImage(of: snapshot, of: input.volume, to: made, options: options, operation: context.operation)
        } else {
            try await driver.readImage(of: input.volume, to: made, options: options, operation: context.operation)
        }
        func broken(_ problem: String) -> DriverError {
            DriverError(
                .broken,
                "the driver reported the image as written, but \(problem)",
                serviceRemedy: .showPool(input.pool)
            )
        }
        guard let file = try FileIdentity(of: made.path) else { throw broken("there is no file") }
        let size = try VolumeImage.virtualSize(of: made)
        guard size == input.size else {
            throw broken("the image has \(size.map { "\($0.bytes)" } ?? "no valid") bytes, not \(input.size.bytes)")
        }
        if input.snapshot == nil, try await driver.compare(input.volume, with: made) == false {
            throw broken("the contents differ")
        }
        return Output(file: file)
    }

    /// Removes the file, however complete it is.
    func revert(_ input: Input, after outcome: Outcome<Output>) throws {
        try UnpublishedImage(of: input.image, named: "\(TaskContext.required.flow)").remove()
    }
}

/// Gives the complete file its final name, unless there is a file of that name by now.
struct PublishImage: RevertibleTask, PlacedTask {
    struct Input: Fields {
        @Field var image: VolumeImage
        @Field var host: String?
        @Field var file: FileIdentity
    }
    static let name = "publish-image"

    func place(for input: Input) -> Place? { input.host.map(Place.host) }

    func execute(_ input: Input) throws -> Nothing {
        try UnpublishedImage(of: input.image, named: "\(TaskContext.required.flow)").publish(input.file)
        return Nothing()
    }

    func revert(_ input: Input, after outcome: Outcome<Nothing>) throws {
        try UnpublishedImage(of: input.image, named: "\(TaskContext.required.flow)").retract(input.file)
    }
}

extension VolumeImage {
    /// The virtual size of an image file; `nil` if it is not of its format.
    fileprivate static func virtualSize(of image: VolumeImage) throws(DriverError) -> ByteCount? {
        let length = try ImageStamp(of: image.path, to: "verify an image").size
        guard image.format == .qcow2 else { return length }
        let descriptor = open(image.path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else {
            throw DriverError(.broken, "cannot read '\(image.path)'", cause: String(cString: strerror(errno)))
        }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: QcowHeader.length)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        return QcowHeader(Array(bytes.prefix(max(0, count)))).flatMap { ByteCount(bytes: $0.size) }
    }
}
