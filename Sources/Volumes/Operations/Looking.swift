internal import Identity
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

extension VolumeDriver {
    /// Inspects the volume on the backend.
    ///
    /// - Throws: `broken` whenever the backend can't answer, so that no caller takes the failure for the absence of the
    ///   volume.
    func look(at volume: VolumeID) async throws(DriverError) -> VolumePresence {
        do {
            return try await inspect(volume)
        } catch {
            throw DriverError(
                .broken,
                "cannot determine whether the volume exists in its pool",
                cause: error.description,
                remedy: error.remedy,
                serviceRemedy: error.serviceRemedy
            )
        }
    }
}

extension VolumeDriver {
    /// Looks whether a new volume is there with its size.
    ///
    /// - Throws: ``DriverError``.
    func verifyCreation(of volume: VolumeID, size: ByteCount, in pool: String) async throws(DriverError) {
        let presence = try await look(at: volume)
        guard presence == .complete(size) else {
            throw DriverError(
                .broken,
                "the driver reported the volume as created, but \(presence.words)",
                cause: "\(size.bytes) bytes were requested",
                serviceRemedy: .showPool(pool)
            )
        }
    }

    /// Removes a volume. Only the look decides: a failed call that removed the volume succeeds, and a successful one that
    /// left it fails.
    ///
    /// - Throws: ``DriverError`` when the volume is still there; ``BlindLook`` when that can't be found out.
    func removeAndLook(_ volume: VolumeID, in pool: String, operation: OperationID) async throws {
        try await removing("the volume", at: location(of: volume), in: pool) { () throws(DriverError) in
            try await delete(volume, operation: operation)
        } look: { () throws(DriverError) in
            try await look(at: volume)
        }
    }

    /// Removes an object, and looks at it. Only the look decides.
    ///
    /// - Throws: ``DriverError`` when the object is still there; ``BlindLook`` when that can't be found out.
    func removing(
        _ object: String,
        at location: String,
        in pool: String,
        remove: () async throws(DriverError) -> Void,
        look: () async throws(DriverError) -> VolumePresence
    ) async throws {
        var failure: DriverError?
        do {
            try await remove()
        } catch {
            failure = error
        }
        let presence: VolumePresence
        do {
            presence = try await look()
        } catch {
            throw BlindLook(removal: failure, reason: error)
        }
        guard presence != .absent else { return }
        throw failure
            ?? DriverError(
                .broken,
                "the driver reported \(object) as removed, but \(presence.words)",
                serviceRemedy: .showPool(pool),
                leftBehind: location
            )
    }
}

/// The outcome of a removal can't be determined.
struct BlindLook: Error {
    /// The error of the removal; `nil` if it reported success.
    let removal: DriverError?
    /// The error of the look.
    let reason: DriverError
}

extension VolumePresence {
    /// A clause about the volume for messages: `it has 1073741824 bytes`.
    var words: String {
        switch self {
        case .absent: "nothing is there"
        case .partial: "it is unfinished"
        case .complete(let size): "it has \(size.bytes) bytes"
        }
    }
}

extension DriverError {
    /// Whether the failed call can't have changed anything.
    var hadNoEffect: Bool { leftBehind == nil && (isBeforeAnyEffect || code == .busy) }

    /// The same failure, with `location` as left behind: an earlier attempt of the call may have had an effect.
    func leaving(_ location: String) -> DriverError {
        DriverError(
            code,
            message,
            cause: cause,
            remedy: remedy,
            serviceRemedy: serviceRemedy,
            leftBehind: leftBehind ?? location,
            mayRetry: mayRetry
        )
    }
}

extension Outcome {
    /// The driver's error, if a driver failed.
    var driverError: DriverError? {
        guard case .failed(let failure) = self else { return nil }
        return failure.driverError
    }
}
