internal import SQLStore
internal import TaskFlow
public import VolumeAPI
public import VolumeDriver

extension VolumeService {
    /// Saves a volume or a snapshot as an image file. Returns when the file is complete, unless `control` says otherwise.
    ///
    /// The file appears under its name when it is complete and durable, and never replaces another one.
    ///
    /// - Parameters:
    ///   - reference: a volume's complete name or id, or `volume@name` for a snapshot.
    ///   - image: the file, with an absolute path in an existing directory.
    /// - Throws: ``VolumeError``: `notFound`; `invalidInput` if the path is not one of a file; `notPermitted` if another user
    ///   could replace its directory; `conflict` if the file exists, the volume is in use, or its pool can't save images;
    ///   `driverFailed`. There is no file then, except after `revertIncomplete` and `timedOut`.
    public func saveImage(
        of reference: String,
        to image: VolumeImage,
        control: RequestControl = RequestControl()
    ) async throws(VolumeError) -> SavedImage {
        let isSnapshot = reference.contains("@")
        let snapshot: Snapshot? = isSnapshot ? try await self.snapshot(named: reference) : nil
        let volume: Volume
        if let snapshot {
            volume = try await self.volume(snapshot.volume)
        } else {
            volume = try await self.volume(named: reference)
        }
        let label = snapshot?.label ?? volume.label
        let subject = (snapshot == nil ? "volume" : "snapshot") + " \"\(label)\""
        let target = try TargetImage(checking: image, for: subject).image
        let headline = "\(subject) was not saved as an image"
        try await requireSavable(volume, snapshot, headline)
        if let pool = volume.pool { try await requireFormat(image.format, of: pool, snapshot != nil, headline) }
        do {
            try store.requireRoom()
        } catch {
            throw VolumeError(translating: error).beforeAnything
        }
        try await tellingOfTransfers.run(
            catalog.saveImage,
            SaveImageRequest(volume: volume.id, snapshot: snapshot?.id, image: target, host: hostName),
            subject: label,
            control: control
        )
        return SavedImage(
            volume: volume.id,
            snapshot: snapshot?.id,
            label: label,
            image: target,
            size: snapshot?.size ?? volume.size,
            flow: control.flow,
            isComplete: control.waits || FileIdentity.exists(target.path)
        )
    }

    /// Makes sure that the volume or the snapshot is available, before anything is begun.
    private func requireSavable(
        _ volume: Volume,
        _ snapshot: Snapshot?,
        _ headline: String
    ) async throws(VolumeError) {
        if let snapshot {
            guard snapshot.status != .available else { return }
            throw VolumeError(
                .conflict,
                "\(headline): it is \(snapshot.status.rawValue)",
                remedies: snapshot.wayOut + [.showSnapshot(snapshot.label)]
            )
        }
        guard volume.status != .available else { return }
        if volume.status == .inUse {
            let uses = try await attachments(of: volume)
            let refusal = VolumeError.inUse(volume, uses, for: .uploading)
            throw VolumeError(
                .conflict,
                "\(headline): it is in use",
                cause: refusal.cause,
                remedies: refusal.remedies.prefix(1)
                    + [.advice("save a snapshot of it instead, VOLUME@SNAPSHOT"), .showVolume(volume.label)]
            )
        }
        throw VolumeError(
            .conflict,
            "\(headline): it is \(volume.status.rawValue)",
            cause: volume.lastError,
            remedies: volume.wayOut + [.showVolume(volume.label)]
        )
    }

    /// Makes sure that the pool's driver can save images of a format.
    private func requireFormat(
        _ format: ImageFormat,
        of pool: String,
        _ isSnapshot: Bool,
        _ headline: String
    ) async throws(VolumeError) {
        let configured = try await poolHere(pool, headline) { .showPool($0) }
        try await requireFeature(.image, of: pool, headline)
        let driver = try await driver(of: configured, headline)
        let formats: Set<ImageFormat>
        do {
            formats = isSnapshot ? try driver.snapshotReading.imageFormats : try driver.imaging.imageFormats
        } catch {
            throw VolumeError(error, headline, pool: pool)
        }
        guard !formats.contains(format) else { return }
        let names = formats.map(\.rawValue).sorted().joined(separator: ", ")
        throw VolumeError(
            .conflict,
            "\(headline): pool \"\(pool)\" saves no \(format.rawValue) images",
            cause: "driver '\(configured.kind)' offers there: \(names)",
            remedies: [.showPool(pool)]
        )
    }
}
