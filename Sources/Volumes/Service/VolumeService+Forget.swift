internal import Identity
public import VolumeAPI
internal import VolumeDriver

extension VolumeService {
    /// Removes a volume's record, releases its quota, and leaves its data in the pool, where it can be adopted again
    /// (`cinder: unmanage`).
    ///
    /// - Parameter reference: a complete name or id.
    /// - Throws: ``VolumeError``: `notPermitted` unless the user is an admin; `notFound`; `conflict` while the volume is in use,
    ///   protected or has snapshots, or another request works on it.
    @discardableResult
    public func forget(
        _ reference: String,
        control: RequestControl = RequestControl()
    ) async throws(VolumeError) -> ForgottenVolume {
        let volume = try await volume(named: reference)
        try require(.forgetVolume, "cannot forget volume \"\(volume.label)\"", instead: .showVolume(volume.label))
        if try await isUnderWay(volume.flow) {
            throw VolumeError(
                .conflict,
                "volume \"\(volume.label)\" was not forgotten: flow \(volume.flow) is being retried on it",
                remedies: [.waitForFlow(volume.flow), .showVolume(volume.label)]
            )
        }
        if let pool = volume.pool { await prepareDriver(of: pool) }
        try await run(
            catalog.forget,
            ForgetVolumeRequest(volume: volume.id),
            subject: volume.label,
            control: control
        )
        return ForgottenVolume(volume: volume, location: location(of: volume), flow: control.flow)
    }
}
