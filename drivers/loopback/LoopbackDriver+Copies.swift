public import Identity
import SystemPackage
public import VolumeDriver

extension LoopbackDriver: ExtendingDriver {
    /// Extends the volume's file, and the devices that are bound to it.
    public func extend(_ volume: VolumeID, to size: ByteCount, operation: OperationID) async throws(DriverError) {
        try checkSize(size, of: volume)
        let held = try await blocking { () throws(DriverError) -> HeldFile? in
            guard let pool = try openPool() else { throw missing(volume) }
            let held = try HeldFile.volume(volume, in: pool)
            try DriverError.checkCancellation(of: "extend volume '\(volume)'")
            guard let old = try pool.size(of: .volume(volume), held.status), old > .zero else { throw missing(volume) }
            guard old <= size else {
                throw DriverError(
                    .refused,
                    "volume file '\(pool.path(of: volume))' has \(old.bytes) bytes, more than \(size.bytes)",
                    remedy: "volumes can't be made smaller"
                )
            }
            if old < size {
                // Clients of an export would not see the added part.
                try refuseIfExported(volume, held, in: pool)
                let room = try pool.reserveRoom(for: size.bytes, instead: old.bytes)
                defer { withExtendedLifetime(room) {} }
                if options.format == .qcow2 { return held }
                try pool.extend(held, volume, to: size)
            }
            try loopDevices.resize(pool.boundDevices(held.status, volume, loopDevices.blockDevices))
            return nil
        }
        guard let held else { return }
        try await qemuImg.resize(held, to: size)
        try await blocking { () throws(DriverError) in
            try PoolDirectory.synchronize(held, "volume '\(volume)'")
            guard let pool = try openPool(), try pool.size(of: .volume(volume), held.status) == size else {
                throw DriverError(
                    .broken,
                    "cannot extend volume file '\(location(of: volume))': it has not got \(size.bytes) bytes now",
                    remedy: "run `qemu-img resize` by hand"
                )
            }
        }
    }
}

extension LoopbackDriver: SnapshottingDriver {
    /// Copies the volume's file, sharing blocks if the file system can.
    public func createSnapshot(
        _ snapshot: SnapshotID,
        of volume: VolumeID,
        operation: OperationID
    ) async throws(DriverError) {
        for case .snapshot(snapshot, let other) in try await objects().keys where other != volume {
            throw DriverError(
                .refused,
                "'\(snapshot.backendName)' is a snapshot of another volume, '\(other)'",
                remedy: "make the snapshot under a new id"
            )
        }
        guard try await presence(of: .volume(volume)) != .absent else { throw missing(volume) }
        try await making(.snapshot(snapshot, of: volume), size: nil) { making throws(DriverError) in
            try await copy(volume, to: making, size: nil)
        }
    }

    /// Whether the file system shares blocks, which it does at once.
    public func copiesAtOnce() async throws(DriverError) -> Bool {
        // A fully allocated volume gets blocks of its own, and a qcow2 file in use is not copied.
        guard options.allocation == .sparse, options.format == .raw else { return false }
        return try await blocking { () throws(DriverError) in
            guard let pool = try openPool() else { return false }
            do throws(Errno) {
                return try FileCopy.canShare(in: pool.directory)
            } catch {
                throw DriverError(error, "cannot find out whether '\(directory)' shares blocks")
            }
        }
    }

    /// Removes the snapshot's file.
    public func deleteSnapshot(
        _ snapshot: SnapshotID,
        of volume: VolumeID,
        operation: OperationID
    ) async throws(DriverError) {
        try await blocking { () throws(DriverError) in
            guard let pool = try openPool() else { return }
            try pool.remove(.snapshot(snapshot, of: volume))
        }
    }

    /// Returns the state of the snapshot's file.
    public func inspectSnapshot(
        _ snapshot: SnapshotID,
        of volume: VolumeID
    ) async throws(DriverError) -> VolumePresence {
        try await presence(of: .snapshot(snapshot, of: volume))
    }

    /// Lists all regular files with the name of a snapshot, including unfinished ones, in no order.
    public func listSnapshots() async throws(DriverError) -> [BackendSnapshot] {
        try await objects()
            .compactMap { name, presence in
                guard case .snapshot(let id, let volume) = name else { return nil }
                return BackendSnapshot(id: id, of: volume, presence: presence)
            }
    }

    /// Copies the snapshot's file.
    public func create(
        _ volume: VolumeID,
        size: ByteCount,
        from snapshot: SnapshotID,
        of source: VolumeID,
        operation: OperationID
    ) async throws(DriverError) {
        try checkSize(size, of: volume)
        try await making(.volume(volume), size: size) { making throws(DriverError) in
            try await copy(snapshot, of: source, to: making, size: size)
        }
    }
}

extension LoopbackDriver: RevertingDriver {
    /// Replaces the volume's file by a copy of the snapshot's.
    public func revert(
        _ volume: VolumeID,
        to snapshot: SnapshotID,
        operation: OperationID
    ) async throws(DriverError) {
        try await replacing(volume) { making, held throws(DriverError) in
            let size = try making.pool.size(of: .volume(volume), held.status) ?? .zero
            let found = try await inspectSnapshot(snapshot, of: volume)
            guard found == .absent || found == .complete(size) else {
                throw DriverError(
                    .refused,
                    "snapshot '\(snapshot)' and volume '\(volume)', of \(size.bytes) bytes, differ in size",
                    remedy: "make a new volume from the snapshot"
                )
            }
            try await copy(snapshot, of: volume, to: making, size: size)
        }
    }
}

extension LoopbackDriver: CloningDriver {
    /// Copies the volume's file, sharing blocks if the file system can.
    public func clone(
        _ source: VolumeID,
        as volume: VolumeID,
        size: ByteCount,
        operation: OperationID
    ) async throws(DriverError) {
        try checkSize(size, of: volume)
        try await making(.volume(volume), size: size) { making throws(DriverError) in
            try await copy(source, to: making, size: size)
        }
    }
}

extension LoopbackDriver {
    /// Copies a volume while nothing else changes its file, and after all data of its device has been written to it.
    private func copy(_ source: VolumeID, to making: Making, size: ByteCount?) async throws(DriverError) {
        try await copy(to: making, size: size) { () throws(DriverError) in
            let held = try HeldFile.volume(source, in: making.pool)
            try settle(held, source, in: making.pool)
            if case .snapshot = making.name { try making.pool.noteSnapshots(of: source) }
            return (held, .volume(source))
        }
    }

    private func copy(
        _ snapshot: SnapshotID,
        of source: VolumeID,
        to making: Making,
        size: ByteCount
    ) async throws(DriverError) {
        try await copy(to: making, size: size) { () throws(DriverError) in
            let name = PoolFileName.snapshot(snapshot, of: source)
            guard let held = try HeldFile.existing(name, in: making.pool, .readOnly) else {
                throw DriverError(.notFound, "there is no snapshot file '\(making.pool.path(of: name))'")
            }
            return (held, name)
        }
    }

    private func copy(
        to making: Making,
        size: ByteCount?,
        from source: @escaping @Sendable () throws(DriverError) -> (HeldFile, PoolFileName)
    ) async throws(DriverError) {
        let isRaw = options.format == .raw
        let found = try await blocking { () throws(DriverError) in
            let (held, name) = try source()
            guard let found = try making.pool.size(of: name, held.status), found > .zero else {
                throw DriverError(.notFound, "file '\(making.pool.path(of: name))' is not complete")
            }
            guard size.map({ $0 >= found }) ?? true else {
                throw DriverError(
                    .refused,
                    "'\(making.pool.path(of: name))' has \(found.bytes) bytes, more than \(size?.bytes ?? 0)",
                    remedy: "request at least that size"
                )
            }
            try making.fill(
                from: held.file,
                length: held.status.size,
                size: isRaw ? size?.bytes : nil
            )
            return found
        }
        if !isRaw, let size, size > found { try await qemuImg.resize(making.held, to: size) }
        if size == nil { try await blocking { () throws(DriverError) in try making.checkSize(found) } }
    }
}

extension LoopbackDriver {
    /// Makes sure that all data of the volume is in its file.
    func settle(_ held: HeldFile, _ volume: VolumeID, in pool: borrowing PoolDirectory) throws(DriverError) {
        // QEMU caches parts of a qcow2 file, but writes raw files as clients do.
        if options.format == .qcow2 { try pool.checkIsClosed(held, volume) }
        try loopDevices.flush(pool.boundDevices(held.status, volume, loopDevices.blockDevices))
    }
}

extension PoolDirectory {
    fileprivate func extend(_ held: HeldFile, _ volume: VolumeID, to size: ByteCount) throws(DriverError) {
        do throws(Errno) {
            do throws(Errno) {
                if options.allocation == .full { try held.file.allocate(size.bytes) }
                try held.file.resize(to: size.bytes)
            } catch {
                // Releases blocks that were allocated beyond the end.
                try? held.file.resize(to: held.status.size)
                throw error
            }
            try held.file.synchronize()
        } catch {
            throw DriverError(error, "cannot extend volume file '\(path(of: volume))' to \(size.bytes) bytes")
        }
    }

    /// Writes the file to its disk.
    static func synchronize(_ held: HeldFile, _ name: String) throws(DriverError) {
        do throws(Errno) {
            try held.file.synchronize()
        } catch {
            throw DriverError(error, "cannot write \(name) to its disk")
        }
    }
}
