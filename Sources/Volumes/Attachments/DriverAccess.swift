internal import Identity
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// A driver's calls for one kind of access to volumes, each verified by a look.
struct DriverAccess: Sendable {
    private let driver: any VolumeDriver
    private let word: String
    private let grant: @Sendable (VolumeID, _ isReadOnly: Bool, OperationID) async throws(DriverError) -> VolumeAccess
    private let revoke: @Sendable (VolumeID, OperationID) async throws(DriverError) -> Void
    private let find: @Sendable (VolumeID) async throws(DriverError) -> VolumeAccess?

    /// - Throws: `unsupported` when the driver does not offer such access.
    init(_ driver: any VolumeDriver, _ kind: Attachment.Kind) throws(DriverError) {
        self.driver = driver
        word = kind == .exported ? "exported" : "attached"
        switch kind {
        case .attached, .mounted:
            let driver = try driver.attaching
            grant = { volume, isReadOnly, operation throws(DriverError) in
                guard isReadOnly else { return .local(try await driver.attach(volume, operation: operation)) }
                return .local(try await driver.readOnlyAttaching.attach(volume, isReadOnly: true, operation: operation))
            }
            revoke = { volume, operation throws(DriverError) in
                try await driver.detach(volume, operation: operation)
            }
            find = { volume throws(DriverError) in
                try await driver.attachment(of: volume).map(VolumeAccess.local)
            }
        case .exported:
            let driver = try driver.exporting
            let types = driver.exportTypes.sorted { $0.rawValue < $1.rawValue }
            guard let type = types.contains(.nbd) ? .nbd : types.first else {
                throw DriverError(.unsupported, "the pool's driver names no type of export")
            }
            grant = { volume, isReadOnly, operation throws(DriverError) in
                guard isReadOnly else {
                    return .export(try await driver.export(volume, as: type, operation: operation))
                }
                return .export(
                    try await driver.readOnlyExporting.export(volume, as: type, isReadOnly: true, operation: operation)
                )
            }
            revoke = { volume, operation throws(DriverError) in
                try await driver.unexport(volume, operation: operation)
            }
            find = { volume throws(DriverError) in
                try await driver.export(of: volume).map(VolumeAccess.export)
            }
        }
    }

    /// Makes the volume accessible and verifies that it is.
    func give(
        _ volume: VolumeID,
        isReadOnly: Bool,
        operation: OperationID
    ) async throws(DriverError) -> VolumeAccess {
        let access = try await grant(volume, isReadOnly, operation)
        guard access.isReadOnly || !isReadOnly else {
            throw DriverError(
                .broken,
                "volume '\(volume)' was to be \(word) read-only, and can be written to at '\(access.address)'",
                leftBehind: access.address
            )
        }
        guard try await present(access, of: volume) == access else {
            throw DriverError(
                .broken,
                "the driver says that volume '\(volume)' is \(word) at '\(access.address)', but it is not there"
            )
        }
        return access
    }

    /// Ends the access and verifies that it has ended. A call that failed but had its effect counts as a success.
    func take(_ volume: VolumeID, operation: OperationID) async throws(DriverError) {
        var failure: DriverError?
        do {
            try await revoke(volume, operation)
        } catch {
            failure = error
        }
        let left: VolumeAccess?
        do {
            left = try await look(at: volume)
        } catch {
            throw failure ?? error
        }
        guard let left else { return }
        throw failure
            ?? DriverError(
                .broken,
                "the driver says that volume '\(volume)' is not \(word) any more, but it is still at "
                    + "'\(left.address)'",
                leftBehind: left.address
            )
    }

    /// Returns where the volume is accessible in this way now; `nil` where it is not.
    ///
    /// - Throws: `broken` whenever the backend can't answer, so that no caller takes the failure for the absence of the
    ///   access.
    func look(at volume: VolumeID) async throws(DriverError) -> VolumeAccess? {
        do {
            return try await find(volume)
        } catch {
            throw DriverError(
                .broken,
                "it can't be found out whether volume '\(volume)' is still \(word)",
                cause: error.description,
                remedy: error.remedy,
                serviceRemedy: error.serviceRemedy
            )
        }
    }

    /// Returns where a volume that was accessible at `access` is accessible now. Drivers do not report a file as an
    /// attachment, because it is accessible all the time: it is there as long as the volume is.
    func present(_ access: VolumeAccess, of volume: VolumeID) async throws(DriverError) -> VolumeAccess? {
        if let found = try await look(at: volume) { return found }
        guard case .local(let attachment) = access, !attachment.isDevice else { return nil }
        guard case .complete = try await driver.look(at: volume) else { return nil }
        return access
    }
}
