internal import Identity
internal import SQL
internal import SQLStore
internal import TaskFlow
internal import Threads
public import VolumeAPI
internal import VolumeDriver

extension VolumeService {
    /// Creates a volume. Returns when the volume is available, unless `control` says otherwise.
    ///
    /// Idempotent: an existing volume with the same name or supplied id and the same specification is returned. If it
    /// is still being created, this waits for the outcome, and creates the volume if that creation fails.
    ///
    /// - Throws: ``VolumeError``. The volume does not exist then, except after `revertIncomplete` and `timedOut`.
    public func create(
        _ request: VolumeRequest,
        control: RequestControl = RequestControl()
    ) async throws(VolumeError) -> CreatedVolume {
        try await withTaskExecutorPreference(BlockingExecutor.shared) { () throws(VolumeError) in
            try await createHere(request, control: control)
        }
    }

    private func createHere(
        _ request: VolumeRequest,
        control: RequestControl
    ) async throws(VolumeError) -> CreatedVolume {
        try request.attributes.check(to: "create volume \"\(request.label)\"")
        var request = request.withResolvedImage
        var control = control
        let source = try await source(of: request)
        let wish = try await placementWish(of: request)
        while true {
            if let repeated = try await repeated(request, control) { return repeated }
            // A key is noted in a transaction of its own, which a rehearsal does not keep.
            if SQLStore.rehearsal != nil { request.idempotencyKey = nil }
            if let existing = try await existing(request, source, wish, control) {
                guard existing.volume.status.isBeingCreated, control.waits else { return existing }
                try await finish(of: existing.volume, control)
                continue
            }
            let wanted = try await flowRequest(request, source, wish)
            do {
                try store.requireRoom()
            } catch {
                throw VolumeError(translating: error).beforeAnything
            }
            guard try await note(request, flow: control.flow) else { continue }
            do {
                let service = request.image == nil ? self : tellingOfTransfers
                try await service.run(catalog.create, wanted, subject: request.label, control: control)
            } catch  where error.code == .conflict {
                // Another request took the name or the key first, perhaps with the same specification.
                var isTaken = try await hasLost(request, control.flow)
                if !isTaken { isTaken = try await existing(request, source, wish, control) != nil }
                guard isTaken else { throw error }
                control.flow = .random()
                continue
            }
            let volume = try await volume(request.id)
            return CreatedVolume(
                volume: volume,
                location: location(of: volume),
                isNew: true,
                isCrashConsistent: source?.snapshot == nil && source?.volume.status == .inUse
            )
        }
    }

    /// Waits until the flow that is working on a volume has finished, with any outcome.
    func finish(of volume: Volume, _ control: RequestControl) async throws(VolumeError) {
        try await awaitEnd(of: volume.flow, control)
    }

    /// Waits until a flow has finished, with any outcome, and reports the phase.
    func awaitEnd(of id: FlowID, _ control: RequestControl) async throws(VolumeError) {
        if let (flow, _) = try? await flow(id) { tell(.waiting(for: flow)) }
        _ = try await finish(of: id, control: control)
    }

    /// The volume's location on its backend, such as a path; empty while its driver has not been needed yet.
    public func location(of volume: Volume) -> String {
        guard let driver = pools.first(where: { $0.name == volume.pool })?.presentDriver else { return "" }
        return driver.location(of: volume.id)
    }

    /// Returns the source of the requested volume; `nil` for an empty volume.
    ///
    /// - Throws: `notFound`.
    func source(of request: VolumeRequest) async throws(VolumeError) -> CopySource? {
        switch request.source {
        case nil, .image: return nil
        case .volume(let reference): return CopySource(volume: try await volume(named: reference))
        case .snapshot(let reference):
            let snapshot = try await snapshot(named: reference)
            return CopySource(snapshot: snapshot, volume: try await volume(snapshot.volume))
        }
    }

    /// The requested size; that of the source or the image if none is given.
    private func size(_ request: VolumeRequest, _ source: CopySource?, _ image: SourceImage? = nil) -> RequestedSize? {
        request.size.map(RequestedSize.init) ?? (source?.size ?? image?.size).map { .exactly($0) }
    }

    func flowRequest(
        _ request: VolumeRequest,
        _ source: CopySource?,
        _ wish: PlacementWish?
    ) async throws(VolumeError) -> CreateVolumeRequest {
        // A copy is created in the pool of its source (`cinder: snapshot_same_host`).
        let headline = "cannot create volume \"\(request.label)\""
        let pool = try await poolName(source?.volume.pool ?? request.pool ?? request.defaultPool, headline)
        if let source, let requested = request.pool, !isNamed(requested, pool) {
            throw VolumeError(
                .invalidInput,
                "\(headline) in pool \(requested.quoted) from \(source.label)",
                cause: "a copy is made where its source is, in pool \((pool ?? "").quoted)",
                remedies: [.advice("leave out the pool"), .listPools]
            )
        }
        let image = try request.image.map { image throws(VolumeError) in
            try SourceImage(checking: image, on: hostName, for: request.label)
        }
        guard let size = size(request, source, image) else {
            throw VolumeError(
                .invalidInput,
                "cannot create volume \"\(request.label)\": a new volume has nothing to grow from",
                remedies: [.exampleVolume(name: request.name, pool: request.pool)]
            )
        }
        try source?.requireReady(for: request.label, size: size.size)
        try image?.requireFit(in: size, of: request.label)
        var attributes = try request.attributes.inheriting(from: source, for: request.label)
        var (type, extraSpecs) = try await type(of: request, source, size)
        let isInherited = request.type == nil && source?.volume.attributes.isMultiattach == true
        if attributes.isMultiattach || isInherited || extraSpecs?.isMultiattach == true {
            attributes.isMultiattach = true
            extraSpecs = try await multiattachSpecs(extraSpecs, of: type, attributes, for: request)
        }
        try await require(wish?.zone, among: extraSpecs?.zones ?? [], for: request)
        if let source, let pool = source.volume.pool {
            try await requireFeature(
                source.feature,
                of: pool,
                copying: source.snapshot == nil ? source.volume : nil,
                "cannot create volume \"\(request.label)\" from \(source.label)"
            )
        }
        attributes.group = try await group(of: request, type)
        return CreateVolumeRequest(
            volume: request.id,
            project: project,
            name: request.name,
            size: size.size,
            freePercent: size.percent,
            pool: pool,
            requestedPool: request.pool == nil ? nil : pool,
            isNewID: !request.isIDSupplied,
            attributes: attributes == VolumeAttributes() ? nil : attributes,
            type: type,
            extraSpecs: extraSpecs,
            sourceSnapshot: source?.snapshot?.id,
            sourceVolume: source?.volume.id,
            placement: wish,
            sourceImage: image,
            idempotencyKey: request.idempotencyKey
        )
    }

    /// The group of the requested volume.
    ///
    /// - Throws: `notFound`; `invalidInput` for a type that the group does not take.
    private func group(of request: VolumeRequest, _ type: String?) async throws(VolumeError) -> GroupID? {
        guard let reference = request.group else { return nil }
        let subject = "create volume \"\(request.label)\""
        let group = try await read { [project] connection in
            try GroupTable(connection: connection).find(reference, project: project).orNoGroup(reference, to: subject)
        }
        try group.requireType(type, to: subject)
        return group.id
    }

    /// Returns the type of the requested volume, and what it demands: the requested type, or that of the source, or the
    /// configured one (`cinder: _get_volume_type`).
    private func type(
        of request: VolumeRequest,
        _ source: CopySource?,
        _ size: RequestedSize
    ) async throws(VolumeError) -> (name: String?, ExtraSpecs?) {
        let (named, subject) = (request.type ?? source?.volume.type, "create volume \"\(request.label)\"")
        let name = named ?? request.defaultType
        do {
            return (name, try await extraSpecs(of: name, for: size.size, usedBy: project, to: subject))
        } catch  where named == nil && error.code == .notFound {
            throw VolumeError.noDefaultType(name ?? "", to: subject)
        }
    }

    /// Returns the existing volume that satisfies `request`, if there is one; it may still be in creation.
    ///
    /// - Throws: `conflict` when a different volume has the name or id; `missing` when the volume's data is gone;
    ///   `timedOut` when its pool has not answered by the deadline of `control`.
    func existing(
        _ request: VolumeRequest,
        _ source: CopySource?,
        _ wish: PlacementWish?,
        _ control: RequestControl
    ) async throws(VolumeError) -> CreatedVolume? {
        // Nothing can exist under a new id.
        guard request.isIDSupplied || request.name != nil else { return nil }
        let project = project
        let found: Volume? = try await read { connection in
            let volumes = VolumeTable(connection: connection)
            return try (request.isIDSupplied ? volumes.find(request.id) : nil)
                ?? request.name.flatMap { try volumes.find(name: $0, project: project) }
        }
        // A volume of another project is not disclosed.
        guard let found, found.project == project else { return nil }
        guard found.status.promisesData || found.status.isBeingCreated, found.name == request.name,
            meets(found, request, source), try await isPlaced(found, as: wish)
        else { throw VolumeError.nameTaken(found, differingFrom: request) }
        // The data of a volume in a pool of another host can't be seen from here.
        if found.status.promisesData, found.pool.flatMap(registry.otherHost) == nil {
            let subject = "create volume \"\(request.label)\""
            if let flaw = flaw(of: found, try await inspect(found, in: control, to: subject)) { throw flaw }
        }
        return CreatedVolume(volume: found, location: location(of: found), isNew: false)
    }

    /// Whether a pool has the name that a user gave, in full or as its host's configuration names it.
    private func isNamed(_ given: String?, _ pool: String?) -> Bool {
        guard let pool else { return false }
        return given == pool || registry.host != nil && given == PoolName(pool).base
    }

    /// Whether the volume satisfies the request, whatever pools are configured now: its request was the same, or its
    /// size, source and pool are those requested.
    private func meets(_ volume: Volume, _ request: VolumeRequest, _ source: CopySource?) -> Bool {
        guard volume.sourceImage == request.image, volume.sourceSnapshot == source?.snapshot?.id,
            volume.sourceVolume == (source?.snapshot == nil ? source?.volume.id : nil)
        else { return false }
        let size = size(request, source)
        // Without a size, a volume of an image is as large as the image was.
        let isOfSize =
            size.map { $0 == volume.requestedSize || $0 == .exactly(volume.size) }
            ?? (request.size == nil && request.image != nil)
        let isOfType = request.type == nil || request.type == volume.type
        let groups = [volume.group?.description, volume.groupName?.description]
        let isInGroup = request.group == nil || groups.contains(request.group)
        let hasKey = request.attributes.keyID == nil || request.attributes.keyID == volume.attributes.keyID
        let hasHolders = !request.attributes.isMultiattach || volume.attributes.isMultiattach
        return isOfSize && isOfType && isInGroup && hasKey && hasHolders
            && (request.pool == nil || isNamed(request.pool, volume.pool) || volume.requestedPool == request.pool)
    }
}

extension VolumeAttributes {
    /// The attributes of a copy: it can be started from if its source can be, and has the key of the source.
    ///
    /// - Throws: `invalidInput` if another key is requested.
    fileprivate func inheriting(from source: CopySource?, for label: String) throws(VolumeError) -> VolumeAttributes {
        guard let source else { return self }
        var attributes = self
        attributes.isBootable = isBootable || source.volume.attributes.isBootable
        guard let key = source.volume.attributes.keyID else { return attributes }
        guard keyID == nil || keyID == key else {
            throw VolumeError(
                .invalidInput,
                "cannot create volume \"\(label)\" from \(source.label) with another key",
                cause: "a copy is encrypted as its source is, by key \(key)",
                remedies: [.advice("leave out the key's id"), .showVolume(source.volume.label)]
            )
        }
        attributes.keyID = key
        return attributes
    }
}

extension VolumeError {
    fileprivate static func nameTaken(_ volume: Volume, differingFrom request: VolumeRequest) -> VolumeError {
        VolumeError(
            .conflict,
            "cannot create volume \"\(request.label)\": it exists with another specification",
            cause: "volume \(volume.id) is \(volume.size)"
                + (volume.requestedSize.map { $0 == .exactly(volume.size) ? "" : ", requested as \($0)" } ?? "")
                + (volume.sourceSnapshot.map { ", made of snapshot \($0)" } ?? "")
                + (volume.sourceVolume.map { ", made of volume \($0)" } ?? "")
                + (volume.sourceImage.map { ", made of \($0.format.rawValue) image \($0.path.quoted)" } ?? "")
                + (volume.attributes.keyID.map { ", encrypted by key \($0)" } ?? "")
                + (volume.attributes.isMultiattach
                    ? ", multiattach" : request.attributes.isMultiattach ? ", not multiattach" : "")
                + ", pool \(volume.pool ?? "none"), type \(volume.type ?? "none"), "
                + "group \(volume.groupName?.description ?? "none"), \(volume.status.rawValue)",
            remedies: [.showVolume(volume.label), .listVolumes]
        )
    }
}
