internal import FoundationEssentials
internal import Synchronization
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
    /// The rule of the policy about its requests.
    let rule: Policy.Rule
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
    ///   - rule: the rule of the policy about its requests.
    ///   - driverStep: the step in which a driver works on the volume.
    ///   - isRevertible: whether the flow can be reverted after its driver step has started.
    ///   - isWithinProject: whether the flow's transactions rely on and change nothing but what belongs to the flow's project, and
    ///     what they lock themselves.
    ///   - headline: what failed, for an error about a flow with this subject.
    init(
        _ flow: Flow<Request>,
        rule: Policy.Rule,
        retryPolicy: Operation.RetryPolicy,
        driverStep: String,
        isRevertible: Bool,
        isWithinProject: Bool = false,
        headline: @escaping @Sendable (_ subject: String) -> String
    ) {
        let recorded = flow.recording(opening: EventRecorder.began, ending: EventRecorder.ended)
        let flow = isWithinProject ? recorded.withinScope() : recorded
        self.flow = flow
        operation = Operation(
            recipe: flow.recipe,
            rule: rule,
            retryPolicy: retryPolicy,
            driverStep: driverStep,
            isRevertible: isRevertible,
            headline: headline
        )
    }
}

/// An operation whose flow is compiled when it is first needed: a command needs one flow, and many need none.
final class DeferredOperation<Request: Fields>: CatalogEntry {
    let name: String
    private let compile: @Sendable () throws(FlowCompilationError) -> StartableOperation<Request>
    private let compiled = Mutex<StartableOperation<Request>?>(nil)

    /// - Parameter name: the name of the flow.
    init(
        _ name: String,
        _ compile: @escaping @Sendable () throws(FlowCompilationError) -> StartableOperation<Request>
    ) {
        self.name = name
        self.compile = compile
    }

    /// The operation with its flow.
    var startable: StartableOperation<Request> {
        get throws(VolumeError) {
            do {
                return try compiled.withLock { compiled in
                    if let compiled { return compiled }
                    let operation = try compile()
                    compiled = operation
                    return operation
                }
            } catch {
                throw VolumeError(translating: error)
            }
        }
    }

    var operation: Operation { get throws(VolumeError) { try startable.operation } }
}

/// An operation that is found by the name of its flow.
protocol CatalogEntry: Sendable {
    var name: String { get }
    var operation: Operation { get throws(VolumeError) }
}

/// The operations that this program knows. A stored flow of an unknown operation is reported, never guessed at.
struct OperationCatalog: Sendable {
    let create: DeferredOperation<CreateVolumeRequest>
    let extend: DeferredOperation<ExtendVolumeRequest>
    let delete: DeferredOperation<DeleteVolumeRequest>
    let createSnapshot: DeferredOperation<CreateSnapshotRequest>
    let createGroupSnapshot: DeferredOperation<CreateGroupSnapshotRequest>
    let deleteSnapshot: DeferredOperation<DeleteSnapshotRequest>
    let revertVolume: DeferredOperation<RevertVolumeRequest>
    let attach: DeferredOperation<AttachVolumeRequest>
    let detach: DeferredOperation<DetachVolumeRequest>
    let export: DeferredOperation<AttachVolumeRequest>
    let unexport: DeferredOperation<DetachVolumeRequest>
    let mount: DeferredOperation<MountVolumeRequest>
    let unmount: DeferredOperation<DetachVolumeRequest>
    let saveImage: DeferredOperation<SaveImageRequest>
    let adopt: DeferredOperation<AdoptVolumeRequest>
    let forget: DeferredOperation<ForgetVolumeRequest>
    let migrate: DeferredOperation<MigrateVolumeRequest>

    /// All operations.
    var entries: [any CatalogEntry] {
        [
            create, extend, delete, createSnapshot, deleteSnapshot, revertVolume, attach, detach, export, unexport,
            mount, unmount, saveImage, adopt, forget, migrate, createGroupSnapshot,
        ]
    }

    init(pools: PoolRegistry, limits: QuotaLimits) {
        create = DeferredOperation("create-volume") { () throws(FlowCompilationError) in
            try .createVolume(pools: pools, limits: limits)
        }
        extend = DeferredOperation("extend-volume") { () throws(FlowCompilationError) in
            try .extendVolume(pools: pools, limits: limits)
        }
        delete = DeferredOperation("delete-volume") { () throws(FlowCompilationError) in try .deleteVolume(pools: pools)
        }
        createSnapshot = DeferredOperation("create-snapshot") { () throws(FlowCompilationError) in
            try .createSnapshot(pools: pools, limits: limits)
        }
        createGroupSnapshot = DeferredOperation("create-group-snapshot") { () throws(FlowCompilationError) in
            try .createGroupSnapshot(pools: pools, limits: limits)
        }
        deleteSnapshot = DeferredOperation("delete-snapshot") { () throws(FlowCompilationError) in
            try .deleteSnapshot(pools: pools)
        }
        revertVolume = DeferredOperation("revert-volume") { () throws(FlowCompilationError) in
            try .revertVolume(pools: pools)
        }
        attach = DeferredOperation("attach-volume") { () throws(FlowCompilationError) in
            try .attachVolume(as: .attached, pools: pools)
        }
        detach = DeferredOperation("detach-volume") { () throws(FlowCompilationError) in
            try .detachVolume(of: .attached, pools: pools)
        }
        export = DeferredOperation("export-volume") { () throws(FlowCompilationError) in
            try .attachVolume(as: .exported, pools: pools)
        }
        unexport = DeferredOperation("unexport-volume") { () throws(FlowCompilationError) in
            try .detachVolume(of: .exported, pools: pools)
        }
        mount = DeferredOperation("mount-volume") { () throws(FlowCompilationError) in try .mountVolume(pools: pools) }
        unmount = DeferredOperation("unmount-volume") { () throws(FlowCompilationError) in
            try .unmountVolume(pools: pools)
        }
        saveImage = DeferredOperation("save-image") { () throws(FlowCompilationError) in try .saveImage(pools: pools) }
        adopt = DeferredOperation("adopt-volume") { () throws(FlowCompilationError) in
            try .adoptVolume(pools: pools, limits: limits)
        }
        forget = DeferredOperation("forget-volume") { () throws(FlowCompilationError) in try .forgetVolume() }
        migrate = DeferredOperation("migrate-volume") { () throws(FlowCompilationError) in
            try .migrateVolume(pools: pools, limits: limits)
        }
    }

    /// Returns the operation to which `flow` belongs.
    ///
    /// - Throws: ``UnknownOperation`` when the name is unknown, or the version is newer than this program's.
    func operation(of flow: FlowDetail) throws -> Operation {
        let known = try entries.first { $0.name == flow.name }?.operation
        guard let known, flow.version <= known.recipe.version else {
            throw UnknownOperation(flow: flow, knownVersion: known?.recipe.version, names: entries.map(\.name))
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
