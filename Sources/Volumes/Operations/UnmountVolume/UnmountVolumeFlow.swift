internal import Identity
internal import SQL
internal import SQLStore
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// The flow that unmounts a volume and ends its use.
func unmountVolumeFlow(pools: PoolRegistry) throws(FlowCompilationError) -> Flow<DetachVolumeRequest> {
    let upgrades = detachVolumeUpgrades + [Upgrade(from: 2) { _ in }]
    return try Flow("unmount-volume", version: 3, taking: DetachVolumeRequest.self, upgrades: upgrades) {
        MarkDetaching(kind: .mounted)
        UnmountFileSystem()
        TakeAccess(kind: .mounted, pools: pools)
        FinishDetachment()
    } concluding: { (request, end, transaction: SQLTransaction) in
        guard end.state == .failure else { return }
        try VolumeTable(connection: transaction.connection).record(end, of: request.volume, in: .detaching, as: .inUse)
    }
}

/// Unmounts the volume's file system and verifies that it is not mounted.
struct UnmountFileSystem: RevertibleTask, PlacedTask {
    struct Input: Fields {
        @Field var pool: String
        @Field var oldAttachments: [Attachment]
    }
    struct Output: Fields {
        /// Whether the file system was mounted before.
        @Field var wasMounted: Bool
    }
    static let name = "unmount-file-system"

    func place(for input: Input) -> Place? { .use(ofVolumeIn: input.pool, on: input.oldAttachments.first?.host) }

    func execute(_ input: Input) async throws -> Output {
        guard let mount = input.oldAttachments.first?.mount else { return Output(wasMounted: false) }
        let wasMounted = try mount.exists()
        try await mount.remove()
        return Output(wasMounted: wasMounted || TaskContext.required.isRepetition)
    }

    /// Mounts the file system again if it was mounted before.
    func revert(_ input: Input, after outcome: Outcome<Output>) async throws {
        guard let mount = input.oldAttachments.first?.mount else { return }
        if case .succeeded(let output) = outcome, !output.wasMounted { return }
        // Idempotent: a file system that could not be unmounted is still mounted.
        try await mount.make()
    }
}

extension Attachment {
    /// The mount of its device; `nil` if it is not to be mounted, or its driver has not made the device yet.
    var mount: Mount? {
        guard let access, let mountPoint else { return nil }
        return Mount(access, at: mountPoint)
    }
}

extension StartableOperation<DetachVolumeRequest> {
    static func unmountVolume(pools: PoolRegistry) throws(FlowCompilationError) -> Self {
        Self(
            try unmountVolumeFlow(pools: pools),
            rule: .detachVolume,
            retryPolicy: .goOnReverting,
            driverStep: UnmountFileSystem.name,
            isRevertible: true,
            isWithinProject: true,
            headline: { "volume \"\($0)\" was not unmounted" }
        )
    }
}
