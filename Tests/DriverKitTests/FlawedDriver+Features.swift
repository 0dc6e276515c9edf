import Foundation
import Identity
import LoopbackDriver
import VolumeDriver

extension FlawedDriver: ExtendingDriver {
    func extend(_ volume: VolumeID, to size: ByteCount, operation: OperationID) async throws(DriverError) {
        let old = try await self.size(of: volume)
        var size = size
        switch flaw {
        case .extendIsShort: size = size.subtracting(base.capabilities.granule)
        case .extendTwiceFails where old == size: throw DriverError(.refused, "it has that size")
        case .extendShrinksSilently where old ?? .zero > size: return
        case .extendMakes where old == nil: return try await base.create(volume, size: size, operation: operation)
        case .effectIsDoubled where old == size: size = size.adding(.mebibyte) ?? size
        default: break
        }
        try await base.extend(volume, to: size, operation: operation)
        if has(.extendForgetsData) { overwrite(volume, at: 0, with: [UInt8](repeating: 0, count: 4096)) }
    }
}

extension FlawedDriver: RevertingDriver {
    func createSnapshot(
        _ snapshot: SnapshotID,
        of volume: VolumeID,
        operation: OperationID
    ) async throws(DriverError) {
        if has(.snapshotOfNothing), try await size(of: volume) == nil { return }
        if has(.snapshotIsRenewed) { try await base.deleteSnapshot(snapshot, of: volume, operation: operation) }
        try await base.createSnapshot(snapshot, of: volume, operation: operation)
    }

    func deleteSnapshot(
        _ snapshot: SnapshotID,
        of volume: VolumeID,
        operation: OperationID
    ) async throws(DriverError) {
        if has(.snapshotDeleteTwiceFails), try await base.inspectSnapshot(snapshot, of: volume) == .absent {
            throw DriverError(.notFound, "no such snapshot")
        }
        try await base.deleteSnapshot(snapshot, of: volume, operation: operation)
    }

    func inspectSnapshot(_ snapshot: SnapshotID, of volume: VolumeID) async throws(DriverError) -> VolumePresence {
        try await base.inspectSnapshot(snapshot, of: volume)
    }

    func listSnapshots() async throws(DriverError) -> [BackendSnapshot] {
        let list = try await base.listSnapshots()
        return has(.snapshotsGetLost) ? Array(list.dropFirst()) : list
    }

    func create(
        _ volume: VolumeID,
        size: ByteCount,
        from snapshot: SnapshotID,
        of source: VolumeID,
        operation: OperationID
    ) async throws(DriverError) {
        var size = size
        switch flaw {
        case .snapshotIsLive: return try await base.clone(source, as: volume, size: size, operation: operation)
        case .fromSnapshotIsShort: size = try await self.size(of: source) ?? size
        case .fromSnapshotSpoils: try await base.delete(volume, operation: operation)
        default: break
        }
        try await base.create(volume, size: size, from: snapshot, of: source, operation: operation)
    }

    func revert(_ volume: VolumeID, to snapshot: SnapshotID, operation: OperationID) async throws(DriverError) {
        if has(.revertDoesNothing) { return }
        do throws(DriverError) {
            try await base.revert(volume, to: snapshot, operation: operation)
        } catch {
            guard has(.revertTakesAnySize), error.code == .refused else { throw error }
        }
    }
}

extension FlawedDriver: CloningDriver {
    func clone(
        _ source: VolumeID,
        as volume: VolumeID,
        size: ByteCount,
        operation: OperationID
    ) async throws(DriverError) {
        let isThere = try await self.size(of: source) != nil
        switch flaw {
        case .cloneIsEmpty: return try await base.create(volume, size: size, operation: operation)
        case .cloneSpoils: try await base.delete(volume, operation: operation)
        case .cloneLeavesHelper: try await base.createSnapshot(.random(), of: source, operation: operation)
        case .cloneOfNothing where !isThere:
            return try await base.create(volume, size: size, operation: operation)
        default: break
        }
        try await base.clone(source, as: volume, size: size, operation: operation)
    }
}

extension FlawedDriver: SnapshotReadingDriver {
    var imageFormats: Set<ImageFormat> { base.imageFormats }

    func writeImage(
        _ image: VolumeImage,
        into volume: VolumeID,
        options: TransferOptions,
        operation: OperationID
    ) async throws(DriverError) {
        do throws(DriverError) {
            try await base.writeImage(image, into: volume, options: flawed(options), operation: operation)
        } catch {
            let passes = [.imageIsCut, .imageTakesAnyPath, .imageTakesDamaged, .imageTakesShrunk].contains { has($0) }
            guard passes, error.code == .refused else { throw error }
        }
        guard has(.imageLosesEnd), let size = try await size(of: volume) else { return }
        overwrite(volume, at: size.bytes - 1 << 20, with: [UInt8](repeating: 0, count: 4096))
    }

    func readImage(
        of volume: VolumeID,
        to image: VolumeImage,
        options: TransferOptions,
        operation: OperationID
    ) async throws(DriverError) {
        do throws(DriverError) {
            try await base.readImage(of: volume, to: image, options: flawed(options), operation: operation)
        } catch {
            if has(.imageLeavesPieces) {
                _ = FileManager.default.createFile(atPath: image.path + ".part", contents: nil)
            }
            guard has(.imageTakesAnyPath), error.code == .refused else { throw error }
        }
    }

    func readImage(
        of snapshot: SnapshotID,
        of volume: VolumeID,
        to image: VolumeImage,
        options: TransferOptions,
        operation: OperationID
    ) async throws(DriverError) {
        guard !has(.snapshotImageIsLive) else {
            return try await base.readImage(of: volume, to: image, options: options, operation: operation)
        }
        try await base.readImage(of: snapshot, of: volume, to: image, options: options, operation: operation)
    }

    func compare(_ volume: VolumeID, with image: VolumeImage) async throws(DriverError) -> Bool? {
        let isEqual = try await base.compare(volume, with: image)
        return has(.compareSeesNothing) ? true : isEqual
    }

    private func flawed(_ options: TransferOptions) -> TransferOptions {
        TransferOptions(
            bytesPerSecond: has(.imageIgnoresLimit) ? nil : options.bytesPerSecond,
            progress: has(.imageIsSilent) ? nil : options.progress
        )
    }
}

extension FlawedDriver: AttachingDriver {
    func attach(_ volume: VolumeID, operation: OperationID) async throws(DriverError) -> LocalAttachment {
        let isThere = try await size(of: volume) != nil
        guard isThere || has(.attachOfNothing) else { throw DriverError(.notFound, "no such volume") }
        if !has(.attachTakesServed) { try refuseIfServed(volume) }
        let calls = memory.with { facts in
            facts.attached.insert(volume)
            facts.calls += 1
            return facts.calls
        }
        let prefix = has(.attachMovesOn) && calls.isMultiple(of: 2) ? "/proc/self/root" : ""
        return LocalAttachment(path: prefix + base.location(of: volume), isDevice: false)
    }

    func detach(_ volume: VolumeID, operation: OperationID) async throws(DriverError) {
        if !has(.boundTakesAnyPool) { try await checkPool() }
        let wasAttached = memory.with { $0.attached.remove(volume) != nil }
        if has(.detachTwiceFails), !wasAttached { throw DriverError(.notFound, "it is not attached") }
    }

    func attachment(of volume: VolumeID) async throws(DriverError) -> LocalAttachment? {
        try await checkPool()
        return nil
    }
}

extension FlawedDriver: ExportingDriver {
    var exportTypes: Set<ExportType> { [.nbd] }

    func export(
        _ volume: VolumeID,
        as type: ExportType,
        operation: OperationID
    ) async throws(DriverError) -> VolumeExport {
        guard type == .nbd else { throw DriverError(.refused, "nbd only") }
        let isThere = try await size(of: volume) != nil
        guard isThere || has(.exportOfNothing) else { throw DriverError(.notFound, "no such volume") }
        if has(.exportIsAlone), await memory.isAnotherRunning() { throw DriverError(.broken, "not now") }
        if has(.exportMisreportsCancellation) {
            try? await Task.sleep(for: .milliseconds(1))
            if Task.isCancelled { throw DriverError(.broken, "something has happened") }
        }
        memory.with { facts in
            facts.served.insert(volume)
            facts.calls += 1
        }
        return address(of: volume)
    }

    func unexport(_ volume: VolumeID, operation: OperationID) async throws(DriverError) {
        try await checkPool()
        let wasServed = memory.with { $0.served.remove(volume) != nil }
        if has(.unexportTwiceFails), !wasServed { throw DriverError(.notFound, "it is not served") }
    }

    func export(of volume: VolumeID) async throws(DriverError) -> VolumeExport? {
        try await checkPool()
        return memory.with { $0.served.contains(volume) } ? address(of: volume) : nil
    }

    func refuseIfServed(_ volume: VolumeID) throws(DriverError) {
        if memory.with({ $0.served.contains(volume) }) { throw DriverError(.busy, "it is served") }
    }

    private func address(of volume: VolumeID) -> VolumeExport {
        let port = has(.exportMovesOn) ? memory.with { $0.calls } : 10809
        return VolumeExport(type: .nbd, uri: "nbd://localhost:\(port)/\(volume.backendName)")
    }
}

extension FlawedDriver: ManagingDriver {
    func manageableObjects() async throws(DriverError) -> [ManageableObject] { try await base.manageableObjects() }

    func manage(
        _ name: String,
        as volume: VolumeID,
        operation: OperationID
    ) async throws(DriverError) -> ByteCount {
        if has(.manageTwiceFails), try await size(of: volume) != nil { throw DriverError(.notFound, "no such object") }
        do throws(DriverError) {
            return try await base.manage(name, as: volume, operation: operation)
        } catch {
            guard has(.manageTakesAnyName), error.code == .refused else { throw error }
            return .zero
        }
    }

    func unmanage(_ volume: VolumeID, as name: String, operation: OperationID) async throws(DriverError) {
        do throws(DriverError) {
            try await base.unmanage(volume, as: name, operation: operation)
        } catch {
            guard has(.manageOverwrites) || has(.manageTakesAnyName), error.code == .refused else { throw error }
        }
    }
}

extension FlawedDriver: HealthCheckingDriver {
    func setUp() async throws(DriverError) { try await base.setUp() }

    func checkHealth() async -> [HealthFinding] {
        let findings = await base.checkHealth()
        return has(.findsFault) ? findings + [.failure("weather", "it rains", remedy: "wait")] : findings
    }
}
