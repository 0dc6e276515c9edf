internal import TaskFlow
internal import VolumeAPI

/// What the service does in the flows of one recipe, so that whoever finds such a flow stored knows how to go about it.
struct Operation: Sendable {
    /// What ``VolumeService/retry(_:)`` does about a flow that failed and could not be undone.
    enum RetryPolicy: Sendable {
        /// Reverts what is not reverted yet, in the same flow.
        case goOnReverting
        /// Reverts it if the volume turns out to be untouched; else removes what is left of the volume in a new flow.
        case restoreOrRemove
    }

    /// The flow; stored by its name and version.
    let recipe: Recipe
    let retryPolicy: RetryPolicy
    /// The step in which a driver works on the volume.
    let driverStep: String
    /// Whether it can be taken back once its driver has been asked.
    let isRevertible: Bool
    /// The step from whose start on the flow can't be taken back; `nil` if it always can.
    var pointOfNoReturn: String? { isRevertible ? nil : driverStep }

    /// What has failed, if the flow of such a subject fails.
    let headline: @Sendable (_ subject: String) -> String
}

/// An operation, and the flow by which a request for it is fulfilled.
struct StartableOperation<Request: Fields>: Sendable {
    let flow: Flow<Request>
    let operation: Operation

    /// - Parameters:
    ///   - driverStep: the step in which a driver works on the volume.
    ///   - isRevertible: whether it can be taken back once its driver has been asked.
    ///   - headline: what has failed, if the flow of such a subject fails.
    init(
        _ flow: Flow<Request>,
        retryPolicy: Operation.RetryPolicy,
        driverStep: String,
        isRevertible: Bool,
        headline: @escaping @Sendable (_ subject: String) -> String
    ) {
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

/// The operations that this program knows. A stored flow of another one is reported, never guessed.
struct OperationCatalog: Sendable {
    let create: StartableOperation<CreateVolumeRequest>
    let delete: StartableOperation<DeleteVolumeRequest>

    private var operations: [Operation] { [create.operation, delete.operation] }

    init(pools: PoolRegistry, limits: QuotaLimits) throws(FlowCompilationError) {
        create = try .createVolume(pools: pools, limits: limits)
        delete = try .deleteVolume(pools: pools)
    }

    /// The operation whose flow `flow` is.
    ///
    /// - Throws: ``UnknownOperation`` when it has another name, or is of a newer version than this program knows.
    func operation(of flow: FlowDetail) throws(UnknownOperation) -> Operation {
        let known = operations.first { $0.recipe.name == flow.name }
        guard let known, flow.version <= known.recipe.version else {
            let names = operations.map(\.recipe.name)
            throw UnknownOperation(flow: flow, knownVersion: known?.recipe.version, names: names)
        }
        return known
    }
}

/// A stored flow is of a kind that this program doesn't know.
struct UnknownOperation: Error, CustomStringConvertible {
    let flow: FlowDetail
    /// The newest version that this program knows; `nil` if it doesn't know the name.
    let knownVersion: Int?
    /// The kinds that it knows.
    let names: [String]

    var description: String {
        if let knownVersion {
            return "\(flow.name.quoted) version \(flow.version) is newer than this program, which knows \(knownVersion)"
        }
        return "this program knows \(names.joined(separator: " and ")), and not \(flow.name.quoted)"
    }
}

extension VolumeError {
    /// A flow can't be carried on by this program.
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
