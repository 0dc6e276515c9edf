internal import FoundationEssentials
internal import TaskFlow
internal import VolumeAPI

/// How the service runs, recovers, retries and explains the flows of one recipe.
struct Operation: Sendable {
    /// What ``VolumeService/retry(_:control:)`` does with a flow that failed and could not be undone.
    enum RetryPolicy: Sendable {
        /// Continues the reverts in the same flow.
        case goOnReverting
        /// Fulfils the request in a new flow.
        case startOver(@Sendable (VolumeService, FlowDetail, RequestControl) async throws -> Void)

        /// Fulfils the request, which is read from the flow, in a new flow.
        static func startOver<Request: Fields>(
            as type: Request.Type,
            _ body: @escaping @Sendable (VolumeService, FlowDetail, Request, RequestControl) async throws -> Void
        ) -> Self {
            .startOver { service, flow, control in
                let request = try JSONDecoder().decode(type, from: Data(flow.request.utf8))
                try await body(service, flow, request, control)
            }
        }
    }

    /// The flow's recipe, which is found by its stored name and version.
    let recipe: Recipe
    let retryPolicy: RetryPolicy
    /// The step in which a driver works on the volume.
    let driverStep: String
    /// Whether the flow can be reverted after its driver step has started.
    let isRevertible: Bool
    /// The step after whose start the flow can't be reverted; `nil` if it always can.
    var pointOfNoReturn: String? { isRevertible ? nil : driverStep }

    /// What failed, for an error about a flow with this subject.
    let headline: @Sendable (_ subject: String) -> String
}

/// An operation with the flow that carries out its requests.
struct StartableOperation<Request: Fields>: Sendable {
    let flow: Flow<Request>
    let operation: Operation

    /// - Parameters:
    ///   - driverStep: the step in which a driver works on the volume.
    ///   - isRevertible: whether the flow can be reverted after its driver step has started.
    ///   - headline: what failed, for an error about a flow with this subject.
    init(
        _ flow: Flow<Request>,
        retryPolicy: Operation.RetryPolicy,
        driverStep: String,
        isRevertible: Bool,
        headline: @escaping @Sendable (_ subject: String) -> String
    ) {
        let flow = flow.recording(opening: EventRecorder.began, ending: EventRecorder.ended)
        self.flow = flow
        operation = Operation(
            recipe: flow.recipe,
            retryPolicy: retryPolicy,
            driverStep: driverStep,
            isRevertible: isRevertible,
            headline: headline
        )
    }
}

/// The operations that this program knows. A stored flow of an unknown operation is reported, never guessed at.
struct OperationCatalog: Sendable {
    let create: StartableOperation<CreateVolumeRequest>
    let extend: StartableOperation<ExtendVolumeRequest>
    let delete: StartableOperation<DeleteVolumeRequest>
    let createSnapshot: StartableOperation<CreateSnapshotRequest>
    let deleteSnapshot: StartableOperation<DeleteSnapshotRequest>
    let revertVolume: StartableOperation<RevertVolumeRequest>
    let attach: StartableOperation<AttachVolumeRequest>
    let detach: StartableOperation<DetachVolumeRequest>
    let export: StartableOperation<AttachVolumeRequest>
    let unexport: StartableOperation<DetachVolumeRequest>
    let mount: StartableOperation<MountVolumeRequest>
    let unmount: StartableOperation<DetachVolumeRequest>
    let saveImage: StartableOperation<SaveImageRequest>
    let adopt: StartableOperation<AdoptVolumeRequest>
    let forget: StartableOperation<ForgetVolumeRequest>
    let migrate: StartableOperation<MigrateVolumeRequest>

    private var operations: [Operation] {
        [
            create.operation, extend.operation, delete.operation, createSnapshot.operation, deleteSnapshot.operation,
            revertVolume.operation, attach.operation, detach.operation, export.operation, unexport.operation,
            mount.operation, unmount.operation, saveImage.operation, adopt.operation, forget.operation,
            migrate.operation,
        ]
    }

    init(pools: PoolRegistry, limits: QuotaLimits) throws(FlowCompilationError) {
        create = try .createVolume(pools: pools, limits: limits)
        extend = try .extendVolume(pools: pools, limits: limits)
        delete = try .deleteVolume(pools: pools)
        createSnapshot = try .createSnapshot(pools: pools, limits: limits)
        deleteSnapshot = try .deleteSnapshot(pools: pools)
        revertVolume = try .revertVolume(pools: pools)
        attach = try .attachVolume(as: .attached, pools: pools)
        detach = try .detachVolume(of: .attached, pools: pools)
        export = try .attachVolume(as: .exported, pools: pools)
        unexport = try .detachVolume(of: .exported, pools: pools)
        mount = try .mountVolume(pools: pools)
        unmount = try .unmountVolume(pools: pools)
        saveImage = try .saveImage(pools: pools)
        adopt = try .adoptVolume(pools: pools, limits: limits)
        forget = try .forgetVolume()
        migrate = try .migrateVolume(pools: pools, limits: limits)
    }

    /// Returns the operation to which `flow` belongs.
    ///
    /// - Throws: ``UnknownOperation`` when the name is unknown, or the version is newer than this program's.
    func operation(of flow: FlowDetail) throws(UnknownOperation) -> Operation {
        let known = operations.first { $0.recipe.name == flow.name }
        guard let known, flow.version <= known.recipe.version else {
            let names = operations.map(\.recipe.name)
            throw UnknownOperation(flow: flow, knownVersion: known?.recipe.version, names: names)
        }
        return known
    }
}

/// A stored flow of an operation that this program does not know.
struct UnknownOperation: Error, CustomStringConvertible {
    let flow: FlowDetail
    /// The newest version that this program knows; `nil` if it does not know the name.
    let knownVersion: Int?
    /// The operations that this program knows.
    let names: [String]

    var description: String {
        if let knownVersion {
            return "\(flow.name.quoted) version \(flow.version) is newer than this program, which knows \(knownVersion)"
        }
        return "this program does not know \(flow.name.quoted); it knows \(names.joined(separator: ", "))"
    }
}

extension VolumeError {
    init(_ error: UnknownOperation) {
        self.init(
            .conflict,
            "flow \(error.flow.id) can't be carried on",
            cause: error.description,
            remedies: [
                .advice("carry it on with the program that started it"), .showFlow(error.flow.id),
                .abandonFlow(error.flow.id),
            ],
            flow: error.flow.id
        )
    }
}
