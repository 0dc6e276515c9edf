internal import Identity
internal import TaskFlow
public import VolumeAPI
internal import VolumeDriver

extension VolumeService {
    /// Makes a volume larger, and returns when it is, or as `control` says.
    ///
    /// That the volume has this size already is success. An extension that is under way is waited for first.
    ///
    /// - Parameters:
    ///   - reference: a name or an id, whole.
    ///   - size: how large it shall be, or how much it shall grow.
    /// - Throws: ``VolumeError``: `invalidInput` for a size that is smaller than the volume's, or a share of a pool;
    ///   `notFound`; `conflict` while another request is at work on it; `quotaExceeded`; `noValidPool` when its pool has no
    ///   room; `driverFailed` when it is as it was; `revertIncomplete` when its size can't be found out.
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
        if volume.status.isUsable, try await isOfSize(wanted, volume, in: pool, control) {
            return ResizedVolume(volume: volume, oldSize: volume.size)
        }
        guard wanted >= volume.size else { throw VolumeError.shrinking(volume, to: wanted) }
        try await run(
            catalog.extend,
            ExtendVolumeRequest(volume: volume.id, project: project, pool: pool, size: wanted),
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

    /// Whether the volume is as large as its pool makes a volume of which `size` is asked.
    ///
    /// - Throws: `missing` when it should be, and its data is not.
    private func isOfSize(
        _ size: ByteCount,
        _ volume: Volume,
        in pool: String,
        _ control: RequestControl
    ) async throws(VolumeError) -> Bool {
        guard size <= volume.size else { return false }
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
            cause: "it has \(volume.size), asked for were \(size); what is cut off would be lost",
            remedies: [.showVolume(volume.label)]
        )
    }
}
