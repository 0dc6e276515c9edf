internal import Identity
internal import TaskFlow
public import VolumeAPI
internal import VolumeDriver

extension VolumeService {
    /// Extends a volume. Returns when the volume has its new size, unless `control` says otherwise.
    ///
    /// Succeeds without a flow if the volume has this size already. Waits first for an extension that is running.
    ///
    /// - Parameters:
    ///   - reference: a complete name or id.
    ///   - size: the new size, or the amount to grow by.
    /// - Throws: ``VolumeError``: `invalidInput` if the size is less than the volume's, or a share of a pool; `notFound`;
    ///   `conflict` if another flow uses the volume, or its pool can't extend volumes; `quotaExceeded`; `noValidPool` if the
    ///   pool has no room; `driverFailed` if the volume is unchanged; `revertIncomplete` if its size can't be found out.
    @discardableResult
    public func resize(
        _ reference: String,
        to size: SizeExpression,
        control: RequestControl = RequestControl()
    ) async throws(VolumeError) -> ResizedVolume {
        var volume = try await volume(named: reference)
        while volume.status == .extending, control.waits {
            try await finish(of: volume, control)
            volume = try await self.volume(volume.id)
        }
        let wanted = try wantedSize(size, of: volume)
        guard let pool = volume.pool else { throw VolumeError.wrongStatus(volume, for: .extending) }
        if volume.status == .extending, wanted == volume.size {
            return ResizedVolume(volume: volume, oldSize: volume.size)
        }
        if volume.status.promisesData, try await isOfSize(wanted, volume, in: pool, control) {
            return ResizedVolume(volume: volume, oldSize: volume.size)
        }
        guard wanted >= volume.size else { throw VolumeError.shrinking(volume, to: wanted) }
        try await requireFeature(.extend, of: pool, catalog.extend.operation.headline(volume.label))
        let subject = "resize volume \"\(volume.label)\""
        let extraSpecs = try await extraSpecs(of: volume.type, for: wanted, to: subject)
        try await run(
            catalog.extend,
            ExtendVolumeRequest(
                volume: volume.id,
                project: project,
                pool: pool,
                size: wanted,
                extraSpecs: extraSpecs,
                label: volume.label
            ),
            subject: volume.label,
            control: control
        )
        return ResizedVolume(volume: try await self.volume(volume.id), oldSize: volume.size)
    }

    private func wantedSize(_ size: SizeExpression, of volume: Volume) throws(VolumeError) -> ByteCount {
        switch size {
        case .exactly(let size): return size
        case .growing(let growth):
            if let size = volume.size.adding(growth) { return size }
            throw VolumeError(
                .invalidInput,
                "cannot extend volume \"\(volume.label)\" by \(growth): it would have more than 2^63 - 1 bytes",
                remedies: [.showVolume(volume.label)]
            )
        case .allFree, .freePercent:
            throw VolumeError(
                .invalidInput,
                "cannot resize volume \"\(volume.label)\" to a share of its pool's free space",
                cause: "only a new volume can be given one",
                remedies: [.showPool(volume.pool ?? "")]
            )
        }
    }

    /// Whether the volume's size is `size`, rounded up to its pool's allocation unit.
    ///
    /// - Throws: `missing` if the volume's record has that size and its data does not.
    private func isOfSize(
        _ size: ByteCount,
        _ volume: Volume,
        in pool: String,
        _ control: RequestControl
    ) async throws(VolumeError) -> Bool {
        guard size <= volume.size else { return false }
        if registry.otherHost(of: pool) != nil {
            // The data can't be seen from here, and the allocation unit is as the pool's host reported it.
            let unit = try await otherPools().first { $0.name == pool }?.capabilities?.granule
            return unit.map { size.roundedUp(to: $0) == volume.size } ?? (size == volume.size)
        }
        do {
            let subject = "resize volume \"\(volume.label)\""
            return try await Abortable(control, subject)
                .run { _ in
                    let driver = try await Patience.wait(for: pool) {
                        try await registry.driver(of: pool, marking: false)
                    }
                    guard size.roundedUp(to: driver.capabilities.granule) == volume.size else { return false }
                    if let flaw = flaw(of: volume, try await inspect(volume)) { throw flaw }
                    return true
                }
        } catch {
            throw VolumeError(translating: error)
        }
    }
}

extension VolumeError {
    fileprivate static func shrinking(_ volume: Volume, to size: ByteCount) -> VolumeError {
        VolumeError(
            .invalidInput,
            "cannot make volume \"\(volume.label)\" smaller",
            cause: "it has \(volume.size), and \(size) was requested; the data beyond that would be lost",
            remedies: [.showVolume(volume.label)]
        )
    }
}
