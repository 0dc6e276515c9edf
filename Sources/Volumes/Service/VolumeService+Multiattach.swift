internal import SQL
internal import VolumeAPI

extension VolumeService {
    /// The demands on its pool of a volume that several holders may use.
    ///
    /// - Throws: `notPermitted`; `invalidInput` for a type that forbids it; `conflict` for an encrypted volume.
    func multiattachSpecs(
        _ specs: ExtraSpecs?,
        of type: String?,
        _ attributes: VolumeAttributes,
        for request: VolumeRequest
    ) async throws(VolumeError) -> ExtraSpecs {
        let subject = "create multiattach volume \"\(request.label)\""
        try require(.createMultiattach, "cannot \(subject)", instead: .listVolumes)
        try await read { try TypeTable(connection: $0).requireUnencrypted(attributes, of: type, to: subject) }
        let demanding = (specs ?? ExtraSpecs(values: [:])).demandingMultiattach
        guard demanding.isMultiattach else {
            throw VolumeError(
                .invalidInput,
                "cannot \(subject): volumes of type \((type ?? "").quoted) are not multiattach",
                remedies: [.showType(type ?? ""), .listTypes]
            )
        }
        return demanding
    }
}
