internal import Foundation
internal import Identity
internal import Programs
internal import VolumeDriver

/// Queries of the cluster. The absence of an image is believed only if its pool exists.
extension RBDDriver {
    /// Returns the volume's image; `nil` if it can't be opened.
    func image(_ volume: VolumeID, _ action: String) async throws(DriverError) -> RBDImage? {
        try await image(named: volume.backendName, action)
    }

    /// Returns the image with this name; `nil` if it can't be opened.
    func image(named name: String, _ action: String) async throws(DriverError) -> RBDImage? {
        let arguments = ["info", "--format", "json", "\(access.pool)/\(name)"]
        let answer = try await tool.rbd(arguments, action, expecting: [.notFound])
        return answer.errno == nil ? try answer.decoded(RBDImage.self, action) : nil
    }

    /// Returns the state of the volume.
    func presence(of volume: VolumeID, _ action: String) async throws(DriverError) -> VolumePresence {
        if let image = try await image(volume, action) { return try await presence(of: volume, as: image, action) }
        let isListed = try await names(action).contains(volume.backendName)
        // It may have been completed or removed between the two queries.
        if isListed, let image = try await image(volume, action) {
            return try await presence(of: volume, as: image, action)
        }
        if isListed, try await names(action).contains(volume.backendName) { return .partial }
        return try await hasIDObject(volume.backendName, action) ? .partial : .absent
    }

    private func presence(
        of volume: VolumeID,
        as image: RBDImage,
        _ action: String
    ) async throws(DriverError) -> VolumePresence {
        guard let parent = image.parent else { return .complete(image.size) }
        if parent.snapshot == Scaffold.clone(as: volume) { return .partial }
        guard parent.pool == access.pool, let source = VolumeID(backendName: parent.image) else {
            return .complete(image.size)
        }
        let isGrowing = try await snapshots(of: source, action)?.contains { $0.name == Scaffold.growth(of: volume) }
        return isGrowing == true ? .partial : .complete(image.size)
    }

    /// Returns the state of the volume after waiting some milliseconds for processes that are creating or removing it.
    /// Only what stays unfinished was left behind.
    func settledPresence(of volume: VolumeID, _ action: String) async throws(DriverError) -> VolumePresence {
        let end = ContinuousClock.now + patience
        while true {
            let presence = try await presence(of: volume, action)
            guard presence == .partial, ContinuousClock.now < end else { return presence }
            try? await Task.sleep(for: .milliseconds(200))
        }
    }

    /// Returns the names of all images of the pool, including those that can't be opened.
    func names(_ action: String) async throws(DriverError) -> [String] {
        let answer = try await pool(["ls", "--format", "json"], action)
        return try answer.decoded([String].self, action)
    }

    /// Returns all images of the pool that can be opened, with their snapshots.
    func listings(_ action: String) async throws(DriverError) -> [RBDListing] {
        let answer = try await pool(["ls", "--long", "--format", "json"], action)
        return try answer.decoded([RBDListing].self, action)
    }

    private func pool(_ arguments: [String], _ action: String) async throws(DriverError) -> CephTool.Answer {
        let answer = try await tool.rbd(
            arguments + [access.pool],
            action,
            expecting: [.notFound],
            timeLimit: .seconds(300)
        )
        // If the pool exists there is a list, although the exit status may report an image that could not be opened.
        guard answer.errno == nil || !answer.result.output.isEmpty else {
            throw DriverError(
                .retryableElsewhere,
                "cannot \(action): the cluster has no pool '\(access.pool)'",
                answer.call,
                answer.result,
                remedy: "create it: `ceph osd pool create \(access.pool)`, then `rbd pool init \(access.pool)`"
            )
        }
        return answer
    }

    /// Returns all of the volume's snapshots; `nil` without the volume.
    func snapshots(of volume: VolumeID, _ action: String) async throws(DriverError) -> [RBDSnapshot]? {
        let arguments = ["snap", "ls", "--format", "json", spec(volume)]
        let answer = try await tool.rbd(arguments, action, expecting: [.notFound])
        return answer.errno == nil ? try answer.decoded([RBDSnapshot].self, action) : nil
    }

    /// Whether the object exists that maps the image's name to its id, which is the first object of an image.
    func hasIDObject(_ name: String, _ action: String) async throws(DriverError) -> Bool {
        try await hasObject("rbd_id.\(name)", action)
    }

    /// Whether the object exists, in a pool that has just answered.
    func hasObject(_ name: String, _ action: String) async throws(DriverError) -> Bool {
        let call = rados(["stat", name])
        // The status is 1 for all errors, but the pool exists and answers.
        return try await tool.run(call, action, expecting: [.failed]).errno == nil
    }

    /// A call of `rados` on the pool.
    func rados(_ arguments: [String]) -> ProgramCall {
        ProgramCall("rados", access.options() + ["--pool", access.pool] + arguments)
    }

    /// The error for a volume that does not exist, after a check that the pool does.
    func missing(_ volume: VolumeID, _ action: String) async throws(DriverError) -> DriverError {
        _ = try await names(action)
        return DriverError(.notFound, "cannot \(action): there is no '\(spec(volume))'")
    }
}
