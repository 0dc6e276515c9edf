public import Identity
internal import Programs
public import VolumeDriver

extension RBDDriver: CloningDriver, ExtendingDriver {
    /// Makes a clone of a snapshot of its own, and flattens it, so that it stands alone.
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

    /// Resizes the image; who has it open sees the new size.
    public func extend(_ volume: VolumeID, to size: ByteCount, operation: OperationID) async throws(DriverError) {
        let action = "extend volume '\(volume)' to \(size.bytes) bytes"
        try await alone(with: volume, action) { () async throws(DriverError) in
            try check(size, action)
            try await grow(volume, to: size, action)
        }
    }

    /// Makes the image larger; that it has the size is success.
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
        // It refuses what has the size, what is larger, and what is more than an image can have, in the same way.
        if image.size == size { return }
        throw DriverError(
            image.size > size ? .refused : .retryableElsewhere,
            "cannot \(action): it has \(image.size.bytes)",
            answer.call,
            answer.result,
            remedy: image.size > size ? "volumes are never made smaller" : "ask for less"
        )
    }

    /// Makes the volume a clone of `parent`, of the given size; finishes or adopts what is there.
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
                // It has nothing to do with the parent any more, or never had.
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

    /// Gives the image all that it shares with its parent; that it has none is success.
    func flatten(_ image: String, _ action: String) async throws(DriverError) {
        let answer = try await tool.rbd(
            ["flatten", "--no-progress", "\(access.pool)/\(image)"],
            action,
            expecting: [.invalid, .notFound, .busy, .readOnly],
            timeLimit: CephTool.dataTimeLimit
        )
        guard let errno = answer.errno else { return }
        // Two may flatten it at once, or remove it meanwhile.
        guard let parent = try await self.image(named: image, action)?.parent else { return }
        throw DriverError(
            errno == .invalid ? .broken : .busy,
            "cannot \(action): '\(access.pool)/\(image)' still shares data with '\(parent.image)@\(parent.snapshot)'",
            answer.call,
            answer.result,
            remedy: "look who has it open: `rbd status \(access.pool)/\(image)`"
        )
    }
}
