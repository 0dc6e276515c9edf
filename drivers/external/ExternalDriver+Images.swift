public import Identity
public import VolumeDriver

extension ExternalDriver: ImagingDriver {
    /// The formats that the executable reports.
    public var imageFormats: Set<ImageFormat> { (try? described.get())?.imageFormats ?? [] }

    /// Calls the executable to write an image to the volume.
    public func writeImage(
        _ image: VolumeImage,
        into volume: VolumeID,
        options: TransferOptions,
        operation: OperationID
    ) async throws(DriverError) {
        let request = transfer(.writeImage, image, volume, options, operation)
        try await transfer(request, "write image '\(image.path.printable)' into volume '\(volume)'", options)
    }

    /// Calls the executable to write the volume to an image.
    public func readImage(
        of volume: VolumeID,
        to image: VolumeImage,
        options: TransferOptions,
        operation: OperationID
    ) async throws(DriverError) {
        let request = transfer(.readImage, image, volume, options, operation)
        let action = "read image '\(image.path.printable)' out of volume '\(volume)'"
        do throws(DriverError) {
            try await transfer(request, action, options)
        } catch {
            // An executable that was killed can't have removed the unfinished file.
            if error.code != .refused { try? UnfinishedImage(image, to: action).remove() }
            throw error
        }
    }

    private func transfer(
        _ direction: ExternalRequest.Operation,
        _ image: VolumeImage,
        _ volume: VolumeID,
        _ options: TransferOptions,
        _ operation: OperationID
    ) -> ExternalRequest {
        ExternalRequest(
            operation: direction,
            operationID: operation,
            volume: volume,
            image: image,
            bytesPerSecond: options.bytesPerSecond
        )
    }

    private func transfer(
        _ request: ExternalRequest,
        _ action: String,
        _ options: TransferOptions
    ) async throws(DriverError) {
        guard let path = request.image?.path, path.hasPrefix("/"), !path.utf8.contains(0) else {
            throw DriverError(.refused, "cannot \(action): that is not an absolute path")
        }
        let lines = ProgressLines(meter: ProgressMeter(options))
        let done = try await call(request, action, Sized.self, isTransfer: true, line: lines.hear)
        lines.meter.finish(done.size)
    }
}
