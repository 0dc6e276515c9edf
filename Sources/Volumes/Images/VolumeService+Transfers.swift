internal import TaskFlow
internal import Trust
internal import VolumeAPI
internal import VolumeDriver

extension VolumeService {
    /// The same service, which tells its caller of the data that its flows have moved.
    var tellingOfTransfers: Self {
        var service = self
        service.audience.progress.append { [tell] change in
            guard let progress = change.transfer else { return }
            tell(.transferring(progress))
        }
        return service
    }
}

extension TaskContext {
    /// Reports how much of an image has been transferred.
    func report(_ progress: TransferProgress) {
        let (completed, total) = (progress.completed.bytes, progress.total.bytes)
        report(
            total > 0 ? Double(completed) / Double(total) : 1,
            details: [TransferProgress.completedKey: "\(completed)", TransferProgress.totalKey: "\(total)"]
        )
    }
}

extension TransferProgress {
    fileprivate static let completedKey = "completed_bytes"
    fileprivate static let totalKey = "total_bytes"
}

extension ProgressChange {
    /// How much of an image has been transferred; `nil` if the step moves none.
    fileprivate var transfer: TransferProgress? {
        func size(_ key: String) -> ByteCount? { details[key].flatMap(Int64.init).flatMap(ByteCount.init(bytes:)) }
        guard let completed = size(TransferProgress.completedKey), let total = size(TransferProgress.totalKey) else {
            return nil
        }
        return TransferProgress(completed: completed, total: total)
    }
}

extension VolumeRequest {
    /// The same request with the image's path without symbolic links to directories, as it is stored. An image that can't be
    /// found is left as it is: a volume that was made of it may exist.
    var withResolvedImage: VolumeRequest {
        guard let image, let file = try? Trust.open(data: image.path),
            file.path.hasSuffix(image.path.lastName)
        else { return self }
        var request = self
        request.source = .image(VolumeImage(path: file.path, format: image.format))
        return request
    }
}
