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
                "cannot determine whether volume '\(volume)' exists",
                cause: error.description,
                remedy: error.remedy,
                serviceRemedy: error.serviceRemedy
            )
        }
    }
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
