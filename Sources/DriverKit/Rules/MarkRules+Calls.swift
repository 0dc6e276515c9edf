internal import Identity
internal import VolumeDriver

/// All calls of the contract, to verify that none of them works on the wrong pool.
extension Bench {
    /// The objects in the pool that the calls might change.
    struct MarkedObjects {
        let volume: VolumeID
        let new: VolumeID
        let snapshot: SnapshotID?
        let newSnapshot: SnapshotID
        let object: String
        let newName: String
        let image: VolumeImage
        let unread: VolumeImage

        init(volume: VolumeID, new: VolumeID, bench: Bench) async throws {
            (self.volume, self.new) = (volume, new)
            let driver = bench.driver
            newSnapshot = bench.snapshot(of: volume)
            (object, newName) = (bench.objectName(), bench.objectName())
            if let managing = try? driver.managing {
                let spare = try await bench.created()
                try await managing.unmanage(spare, as: object, operation: .random())
            }
            let format: ImageFormat =
                (try? driver.imaging.imageFormats.contains(.raw)) ?? true ? .raw : .qcow2
            image = VolumeImage(path: bench.filePath("image"), format: format)
            unread = VolumeImage(path: bench.filePath("image"), format: format)
            if let imaging = try? driver.imaging {
                try await imaging.readImage(of: volume, to: image, options: TransferOptions(), operation: .random())
            }
            if let snapshotting = try? driver.snapshotting {
                let snapshot = bench.snapshot(of: volume)
                try await snapshotting.createSnapshot(snapshot, of: volume, operation: .random())
                self.snapshot = snapshot
            } else {
                snapshot = nil
            }
        }
    }

    typealias ContractCall = (name: String, body: () async throws(DriverError) -> Void)

    /// The calls that the driver supports.
    func calls(of driver: any MarkingDriver, _ known: MarkedObjects) throws -> [ContractCall] {
        let (volume, new, size) = (known.volume, known.new, size)
        let larger = size.plus(unit)
        var calls: [ContractCall] = [
            ("create", { () throws(DriverError) in try await driver.create(new, size: size, operation: .random()) }),
            ("inspect", { () throws(DriverError) in _ = try await driver.inspect(volume) }),
            ("list", { () throws(DriverError) in _ = try await driver.list() }),
            ("capacity", { () throws(DriverError) in _ = try await driver.capacity() }),
        ]
        if let driver = try? driver.extending {
            calls.append(
                (
                    "extend",
                    { () throws(DriverError) in try await driver.extend(volume, to: larger, operation: .random()) }
                )
            )
        }
        if let driver = try? driver.cloning {
            calls.append(
                (
                    "clone",
                    { () throws(DriverError) in
                        try await driver.clone(volume, as: new, size: size, operation: .random())
                    }
                )
            )
        }
        calls += snapshotCalls(driver, known) + accessCalls(driver, known)
        if let driver = try? driver.healthChecking {
            calls.append(("setUp", { () throws(DriverError) in try await driver.setUp() }))
        }
        // The last call, because it would remove the volume of the others.
        calls.append(
            ("delete", { () throws(DriverError) in try await driver.delete(volume, operation: .random()) })
        )
        return calls
    }

    private func snapshotCalls(_ driver: any MarkingDriver, _ known: MarkedObjects) -> [ContractCall] {
        guard let snapshotting = try? driver.snapshotting, let snapshot = known.snapshot else { return [] }
        let (volume, new, size) = (known.volume, known.new, size)
        var calls: [ContractCall] = [
            (
                "createSnapshot",
                { () throws(DriverError) in
                    try await snapshotting.createSnapshot(known.newSnapshot, of: volume, operation: .random())
                }
            ),
            (
                "inspectSnapshot",
                { () throws(DriverError) in _ = try await snapshotting.inspectSnapshot(snapshot, of: volume) }
            ),
            ("listSnapshots", { () throws(DriverError) in _ = try await snapshotting.listSnapshots() }),
            (
                "create from a snapshot",
                { () throws(DriverError) in
                    try await snapshotting.create(new, size: size, from: snapshot, of: volume, operation: .random())
                }
            ),
            (
                "deleteSnapshot",
                { () throws(DriverError) in
                    try await snapshotting.deleteSnapshot(snapshot, of: volume, operation: .random())
                }
            ),
        ]
        if let driver = try? driver.reverting {
            calls.append(
                (
                    "revert",
                    { () throws(DriverError) in try await driver.revert(volume, to: snapshot, operation: .random()) }
                )
            )
        }
        return calls
    }

    private func accessCalls(_ driver: any MarkingDriver, _ known: MarkedObjects) -> [ContractCall] {
        let (volume, new) = (known.volume, known.new)
        var calls: [ContractCall] = []
        func add(_ name: String, _ body: @escaping () async throws(DriverError) -> Void) { calls.append((name, body)) }
        if let driver = try? driver.imaging {
            let options = TransferOptions()
            add("writeImage") { () throws(DriverError) in
                try await driver.writeImage(known.image, into: volume, options: options, operation: .random())
            }
            add("readImage") { () throws(DriverError) in
                try await driver.readImage(of: volume, to: known.unread, options: options, operation: .random())
            }
        }
        if let driver = try? driver.attaching {
            add("attach") { () throws(DriverError) in _ = try await driver.attach(volume, operation: .random()) }
            add("detach") { () throws(DriverError) in try await driver.detach(volume, operation: .random()) }
            add("attachment") { () throws(DriverError) in _ = try await driver.attachment(of: volume) }
        }
        if let driver = try? driver.readOnlyAttaching {
            add("attachReadOnly") { () throws(DriverError) in
                _ = try await driver.attach(volume, isReadOnly: true, operation: .random())
            }
        }
        if let driver = try? driver.readOnlyExporting, let type = driver.exportTypes.first {
            add("exportReadOnly") { () throws(DriverError) in
                _ = try await driver.export(volume, as: type, isReadOnly: true, operation: .random())
            }
        }
        if let driver = try? driver.exporting, let type = driver.exportTypes.first {
            add("export") { () throws(DriverError) in
                _ = try await driver.export(volume, as: type, operation: .random())
            }
            add("unexport") { () throws(DriverError) in try await driver.unexport(volume, operation: .random()) }
            add("export(of:)") { () throws(DriverError) in _ = try await driver.export(of: volume) }
        }
        if let driver = try? driver.managing {
            add("manageableObjects") { () throws(DriverError) in _ = try await driver.manageableObjects() }
            add("manage") { () throws(DriverError) in
                _ = try await driver.manage(known.object, as: new, operation: .random())
            }
            add("unmanage") { () throws(DriverError) in
                try await driver.unmanage(volume, as: known.newName, operation: .random())
            }
        }
        return calls
    }
}
