internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

extension VolumeDriver {
    /// What the backend holds of the volume.
    ///
    /// - Throws: `broken`, whatever the reason is that it can't be found out, so that nobody takes that for an answer.
    func look(at volume: VolumeID) async throws(DriverError) -> VolumePresence {
        do {
            return try await inspect(volume)
        } catch {
            throw DriverError(
                .broken,
                "it can't be found out whether volume '\(volume)' is still there",
                cause: error.description,
                remedy: error.remedy,
                serviceRemedy: error.serviceRemedy
            )
        }
    }
}

extension VolumePresence {
    /// As the rest of a sentence about a volume: `it is 1 GiB`.
    var words: String {
        switch self {
        case .absent: "nothing is there"
        case .partial: "it is unfinished"
        case .complete(let size): "it has \(size.bytes) bytes"
        }
    }
}

extension DriverError {
    /// Whether the failed call has changed nothing, as far as that can be known without a look.
    var hadNoEffect: Bool { leftBehind == nil && (isBeforeAnyEffect || code == .busy) }

    /// The same failure of a call before which another one may have had an effect.
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
    /// What the driver failed with, if it did.
    var driverError: DriverError? {
        guard case .failed(let failure) = self else { return nil }
        return failure.driverError
    }
}
