internal import Exports
public import Identity
internal import Programs
public import VolumeDriver

extension RBDDriver: CloningDriver, ExtendingDriver {
    /// Clones a temporary snapshot of the source, and flattens the clone, so that it is independent.
    public func clone(
        _ source: VolumeID,
        as volume: VolumeID,
        size: ByteCount,
        operation: OperationID
    ) async throws(DriverError) {
        let action = "clone volume '\(source)' as '\(volume)'"
        try await alone(with: volume, action) { () async throws(DriverError) in
            try check(size, action)
            guard let origin = try await image(source, action) else { throw try await missing(source, action) }
            try refuseLess(size, than: origin.size, action)
            let scaffold = Scaffold.clone(as: volume)
            try await makeSnapshot(scaffold, of: source, action)
            let parent = RBDImage.Parent(pool: access.pool, image: source.backendName, snapshot: scaffold)
            try await makeClone(volume, of: parent, size: size, action)
            try await flatten(volume.backendName, action)
            try await removeSnapshot(scaffold, of: source, action)
        }
    }

    /// Resizes the image. Clients of Ceph that have it open see the new size.
    ///
    /// - Throws: `busy` while this host exports it, because the clients of the export would not see the added part.
    public func extend(_ volume: VolumeID, to size: ByteCount, operation: OperationID) async throws(DriverError) {
        let action = "extend volume '\(volume)' to \(size.bytes) bytes"
        try await alone(with: volume, action) { () async throws(DriverError) in
            try check(size, action)
            if server.isRunning(volume.backendName), try await image(volume, action)?.size != size {
                throw DriverError(.busy, "cannot \(action): it is exported", remedy: "end its export first")
            }
            try await grow(volume, to: size, action)
        }
    }

    /// Extends the image; succeeds if it has the size already.
    func grow(_ volume: VolumeID, to size: ByteCount, _ action: String) async throws(DriverError) {
        let answer = try await tool.rbd(
            ["resize", "--no-progress", "--size", "\(size.bytes)B", spec(volume)],
            action,
            expecting: [.invalid, .notFound]
        )
        if answer.errno == nil { return }
        guard answer.errno == .invalid, let image = try await image(volume, action) else {
            throw try await missing(volume, action)
        }
        // `rbd` fails in the same way for an equal, a smaller and an impossible size.
        if image.size == size { return }
        throw DriverError(
            image.size > size ? .refused : .retryableElsewhere,
            "cannot \(action): it has \(image.size.bytes)",
            answer.call,
            answer.result,
            remedy: image.size > size ? "volumes can't be shrunk" : "ask for less"
        )
    }

    /// Creates the volume as a clone of `parent` with the given size; completes or accepts an existing one.
    func makeClone(
        _ volume: VolumeID,
        of parent: RBDImage.Parent,
        size: ByteCount,
        _ action: String
    ) async throws(DriverError) {
        let origin = "\(parent.pool)/\(parent.image)@\(parent.snapshot)"
        for attempt in 1...2 {
            let answer = try await tool.rbd(
                ["clone", origin, spec(volume)],
                action,
                expecting: [.exists, .notFound],
                leftBehind: spec(volume)
            )
            if answer.errno == nil { return try await growClone(volume, to: size, action) }
            if let image = try await image(volume, action) {
                if image.parent == parent { return try await growClone(volume, to: size, action) }
                // The volume is independent of the parent.
                if try await adopt(volume, size: size, action) { return }
            }
            guard answer.errno == .exists, attempt == 1 else {
                throw DriverError(.notFound, "cannot \(action): there is no '\(origin)'", answer.call, answer.result)
            }
            if try await !adopt(volume, size: size, action) { try await clearAway(volume, action) }
        }
    }

    private func growClone(_ volume: VolumeID, to size: ByteCount, _ action: String) async throws(DriverError) {
        guard let image = try await image(volume, action), image.size != size else { return }
        try await grow(volume, to: size, action)
    }

    /// Copies the data that the image shares with its parent; succeeds if it has none.
    func flatten(_ image: String, _ action: String) async throws(DriverError) {
        let answer = try await tool.rbd(
            ["flatten", "--no-progress", "\(access.pool)/\(image)"],
            action,
            expecting: [.invalid, .notFound, .busy, .readOnly],
            timeLimit: CephTool.dataTimeLimit
        )
        guard let errno = answer.errno else { return }
        // Another process may flatten or remove it at the same time.
        guard let parent = try await self.image(named: image, action)?.parent else { return }
        throw DriverError(
            errno == .invalid ? .broken : .busy,
            "cannot \(action): '\(access.pool)/\(image)' still shares data with '\(parent.image)@\(parent.snapshot)'",
            answer.call,
            answer.result,
            remedy: "see what has it open: `rbd status \(access.pool)/\(image)`"
        )
    }
}
