internal import FoundationEssentials
internal import Identity
internal import SQLStore
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

extension VolumeService {
    /// Returns what became of the request that was made with this key before; `nil` if there was none. Waits for it as
    /// `control` says.
    ///
    /// - Throws: what that request threw; `conflict` if it was another request, or its volume has been removed since.
    func repeated(_ request: VolumeRequest, _ control: RequestControl) async throws(VolumeError) -> CreatedVolume? {
        guard let key = request.idempotencyKey, let (use, hasBegun) = try await use(of: key) else { return nil }
        guard use.request.isRepeated(by: request) else { throw VolumeError.keyTaken(key, use, by: request) }
        // The process that used the key may have died before the flow was stored.
        guard hasBegun else { return nil }
        var volume = try await find(use.request.id)
        if control.waits || volume == nil {
            try await wait(for: use.flow, control: control)
            volume = try await find(use.request.id)
        }
        guard let volume else { throw VolumeError.removedSince(key, use) }
        return CreatedVolume(volume: volume, location: location(of: volume), isNew: false)
    }

    /// Notes that `flow` fulfils the request from now on, so that the request is known by its key. The flow checks in its
    /// first transaction that it still is the one that does.
    ///
    /// - Returns: whether it is noted; not if another flow fulfils the request.
    func note(_ request: VolumeRequest, flow: FlowID) async throws(VolumeError) -> Bool {
        guard let key = request.idempotencyKey else { return true }
        let project = project
        return try await transact { transaction in
            let keys = KeyTable(connection: transaction.connection)
            try keys.forget(before: Date() - KeyTable.retention)
            return try keys.claim(key, for: KeyUse(request: request, flow: flow), project: project, at: Date())
        }
    }

    /// Whether the request's key is another flow's by now.
    func hasLost(_ request: VolumeRequest, _ flow: FlowID) async throws(VolumeError) -> Bool {
        guard let key = request.idempotencyKey else { return false }
        return try await use(of: key)?.use.flow != flow
    }

    /// Returns the use of a key and whether its flow has begun, both from one snapshot: another request can take the key over
    /// until then, and the flow that lost it begins only to fail.
    private func use(of key: IdempotencyKey) async throws(VolumeError) -> (use: KeyUse, hasBegun: Bool)? {
        let project = project
        return try await read { connection in
            let keys = KeyTable(connection: connection)
            return try keys.find(key, project: project).map { ($0, try keys.hasBegun($0.flow)) }
        }
    }

    private func find(_ volume: VolumeID) async throws(VolumeError) -> Volume? {
        try await read { try VolumeTable(connection: $0).find(volume) }
    }
}

extension VolumeError {
    /// A key that belongs to another request.
    fileprivate static func keyTaken(_ key: IdempotencyKey, _ use: KeyUse, by request: VolumeRequest) -> VolumeError {
        VolumeError(
            .conflict,
            "cannot create volume \"\(request.label)\": key \(key.description.quoted) belongs to another request",
            cause: "it was used to create volume \"\(use.request.label)\", with another specification",
            remedies: [.advice("use a new key for a new request"), .showFlow(use.flow)]
        )
    }

    fileprivate static func removedSince(_ key: IdempotencyKey, _ use: KeyUse) -> VolumeError {
        VolumeError(
            .conflict,
            "volume \"\(use.request.label)\", which was created with key \(key.description.quoted), has been removed since",
            remedies: [.advice("use a new key to create it again"), .showFlow(use.flow)]
        )
    }
}
