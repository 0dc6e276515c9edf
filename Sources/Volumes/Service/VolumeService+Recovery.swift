internal import FoundationEssentials
public import Identity
internal import SQL
internal import SQLStore
public import TaskFlow
public import VolumeAPI
internal import VolumeDriver

extension VolumeService {
    /// Returns the unfinished flows that no process runs, oldest first, if this program can run none of them. They
    /// belonged to processes that have died, or were handed to a process that did not take them over.
    ///
    /// - Parameter obstacles: known reasons why flows can't be run for now, from a recovery a short time ago.
    /// - Returns: `nil` when ``recover(announcing:telling:)`` can do something; the search stops at the first flow that
    ///   can be run.
    public func stuck(knowing obstacles: [FlowID: String] = [:]) async throws(VolumeError) -> [InterruptedFlow]? {
        do {
            var stuck: [InterruptedFlow] = []
            for left in try await store.left() {
                guard store.isWatched else { return nil }
                let obstacle = "\(left.holder) is still working for it; another process waits for its end"
                stuck.append(InterruptedFlow(flow: left.flow, obstacle: obstacle))
            }
            for flow in try await store.abandoned() + suspended() {
                var known = obstacles[flow.id]
                if known == nil { known = try await obstacle(to: flow) }
                guard let obstacle = known else { return nil }
                stuck.append(InterruptedFlow(flow: flow, obstacle: obstacle))
            }
            return stuck
        } catch {
            throw VolumeError(translating: error)
        }
    }

    private func leftAlone() async throws -> [FlowDetail] {
        try await store.left().map(\.flow) + store.abandoned() + suspended()
    }

    /// The flows at rest that this process may carry on: not those that wait for other hosts, nor those that wait for this one
    /// while its worker takes them up.
    private func suspended() async throws -> [FlowDetail] {
        let isLeft = try await isWorkerUp()
        return try await store.suspended(serving: isLeft ? .only([]) : registry.places)
    }

    /// Returns why this program can't run a flow, as far as that is known without claiming the flow.
    private func obstacle(to flow: FlowDetail) async throws -> String? {
        let operation: Operation
        do {
            operation = try catalog.operation(of: flow)
        } catch let error as UnknownOperation {
            return error.description
        }
        guard let (detail, journal) = try await store.history(of: flow.id) else { return nil }
        if let damaged = journal.unreadable.first { return damaged.description }
        return operation.recipe.mismatch(with: detail, journal.readable)
            .map {
                "it was started with \($0.stored), and this program has \($0.offered)"
            }
    }

    /// Finishes or reverts the flows of processes that have died, several at a time, so that they share commits.
    ///
    /// Flows of live processes are left alone, and flows whose pools do not answer are left for later. Call it before
    /// any other request; if there is nothing to do, it costs one query.
    ///
    /// - Parameter announce: is called for each claimed flow with the step that was running, before its recovery, which
    ///   may take long.
    /// - Returns: one recovery for each flow that was taken up, oldest first, and then one for each that is left for
    ///   later.
    @discardableResult
    public func recover(
        announcing announce: @escaping @Sendable (FlowDetail, _ interruptedStep: String?) -> Void = { _, _ in },
        telling tell: @escaping @Sendable (Recovery) -> Void = { _ in }
    ) async throws(VolumeError) -> [Recovery] {
        do {
            guard !isReadOnly else { return [] }
            let left = try await store.left().map(\.flow)
            for flow in left { announce(flow, nil) }
            // Flows whose programs are still running come last, because those have to end first.
            let waiting = Set(left.map(\.id))
            var recoveries = try await takeUp(leftAlone().filter { !waiting.contains($0.id) }, announce, tell)
            guard !left.isEmpty else { return recoveries }
            guard let unended = try await waitForLeftPrograms() else { return recoveries }
            recoveries += unended
            recoveries += try await takeUp(leftAlone().filter { waiting.contains($0.id) }, announce, tell)
            return recoveries
        } catch {
            throw VolumeError(translating: error)
        }
    }

    /// Recovers the flows whose pools answer, and reports the others as left for later.
    private func takeUp(
        _ flows: [FlowDetail],
        _ announce: @escaping @Sendable (FlowDetail, String?) -> Void,
        _ tell: @Sendable (Recovery) -> Void
    ) async throws -> [Recovery] {
        guard let first = flows.first else { return [] }
        let pools = try await store.read { connection in
            try VolumeTable(connection: connection).poolsByFlow()
                .merging(SnapshotTable(connection: connection).poolsByFlow()) { first, _ in first }
        }
        let needed = Set(flows.compactMap { pools[$0.id] })
        if !needed.isEmpty { announce(first, nil) }
        let silence = try await silence(of: needed)
        func problem(_ flow: FlowDetail) -> String? {
            pools[flow.id].flatMap { silence[$0] }.map { "\($0.message); it is left for later" }
        }
        let recoveries = try await recover(flows.filter { problem($0) == nil }, announce, tell)
        let left = flows.compactMap { flow in
            problem(flow)
                .map { Recovery(flow: flow, interruptedStep: nil, state: nil, problem: $0, isLeftForLater: true) }
        }
        for recovery in left { tell(recovery) }
        return recoveries + left
    }

    /// Returns the pools that do not answer, with the errors.
    private func silence(of pools: Set<String>) async throws -> [String: DriverError] {
        try await withThrowingTaskGroup(of: (String, DriverError?).self) { group in
            for pool in pools { group.addTask { [registry] in (pool, try await registry.silence(of: pool)) } }
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
    }

    /// How many unfinished flows belong to processes that have died.
    public func interruptedFlowCount() async throws(VolumeError) -> Int {
        do {
            return try await store.abandoned().count
        } catch {
            throw VolumeError(translating: error)
        }
    }

    /// Retries the reverts of a flow that could not be undone. Returns when they have ended, unless `control` says
    /// otherwise. A retry can't be cancelled.
    ///
    /// - Throws: `timedOut`; `revertIncomplete` when something is still left; `conflict` when the flow has not failed,
    ///   or this program does not know its operation or version. The retry of a removal removes the volume, and throws
    ///   what ``delete(_:control:)`` throws, unless the volume is untouched and becomes available again.
    public func retry(_ flow: FlowID, control: RequestControl = RequestControl()) async throws(VolumeError) {
        try require(.retryFlow, "flow \(flow) was not retried", instead: .showFlow(flow))
        let (detail, _) = try await self.flow(flow)
        guard detail.state == .failure, detail.resolution == nil else {
            throw VolumeError(
                .conflict,
                "flow \(flow) has nothing to retry",
                cause: "it is \(detail.resolution?.note ?? detail.state.rawValue.lowercased())",
                remedies: [detail.state.isFinished ? .showFlow(flow) : .waitForFlow(flow)]
            )
        }
        do {
            let operation = try catalog.operation(of: detail)
            switch operation.retryPolicy {
            case .startOver(let startOver):
                try await startOver(self, detail, control)
            case .goOnReverting:
                guard let ended = try await revertAgain(flow, operation, control), ended.state == .failure else {
                    return
                }
                throw failure(of: ended, headline: operation.headline(detail.subject))
            }
        } catch {
            throw VolumeError(translating: error)
        }
    }

    /// Retries the reverts of a failed flow.
    ///
    /// - Returns: the flow at its end; `nil` when it is not waited for.
    func revertAgain(
        _ flow: FlowID,
        _ operation: Operation,
        _ control: RequestControl
    ) async throws -> FinishedFlow? {
        let engine = try await SQLStore.$writeDeadline.withValue(control.deadline) {
            try await self.engine(resuming: flow, operation)
        }
        tell(.running(flow))
        guard let worker, handsOver(control) else {
            // Not a child of the caller's task, so that a cancellation does not interrupt the reverts.
            _ = try await Task { try await engine.advance() }.value
            return engine.place == nil ? FinishedFlow(engine) : try await endElsewhere(engine, control)
        }
        let begun = try await begin(engine, operation, control)
        guard !begun.state.isFinished else { return FinishedFlow(begun) }
        if begun.place == nil { try worker(flow) }
        return try await endElsewhere(begun, control)
    }

    /// Waits for a flow that other processes run.
    ///
    /// - Returns: the flow at its end; `nil` when it is not waited for.
    private func endElsewhere(_ engine: Engine<SQLStore>, _ control: RequestControl) async throws -> FinishedFlow? {
        let flow = engine.id
        if let place = engine.place { await tellOfWait(for: place, flow) }
        guard control.waits else { return nil }
        _ = try await Task { try await finish(of: flow, control: control) }.value
        let (detail, journal) = try await self.flow(flow)
        return FinishedFlow(detail, journal: journal)
    }

    /// How many flows are recovered concurrently.
    private static var recoveryWidth: Int { 16 }

    /// After an error no other recovery starts, and the running ones are awaited, because cancelling them would revert
    /// their flows.
    private func recover(
        _ flows: [FlowDetail],
        _ announce: @escaping @Sendable (FlowDetail, String?) -> Void,
        _ tell: @Sendable (Recovery) -> Void
    ) async throws -> [Recovery] {
        let (recoveries, failure) = await withTaskGroup(of: (Int, Result<Recovery?, any Error>).self) { group in
            var (recoveries, failure, rest) = ([Int: Recovery](), (any Error)?.none, flows.indices[...])
            func begin() {
                guard failure == nil, let index = rest.popFirst() else { return }
                group.addTask {
                    do {
                        return (index, .success(try await recover(flows[index], announce)))
                    } catch {
                        return (index, .failure(error))
                    }
                }
            }
            for _ in 0..<Self.recoveryWidth { begin() }
            for await (index, result) in group {
                switch result {
                case .success(let recovery):
                    recoveries[index] = recovery
                    if let recovery { tell(recovery) }
                case .failure(let error): failure = failure ?? error
                }
                begin()
            }
            return (recoveries, failure)
        }
        if let failure { throw failure }
        return recoveries.sorted { $0.key < $1.key }.map(\.value)
    }

    /// Recovers one flow; `nil` when another process was faster.
    ///
    /// - Parameters:
    ///   - isQueued: whether the flow waits for this host's worker, which need not wait longer.
    ///   - stop: lets the flow come to rest after the steps that are running.
    func recover(
        _ flow: FlowDetail,
        isQueued: Bool = false,
        until stop: WorkerStop? = nil,
        _ announce: @Sendable (FlowDetail, String?) -> Void
    ) async throws -> Recovery? {
        let operation: Operation
        do {
            operation = try catalog.operation(of: flow)
        } catch let error as UnknownOperation {
            return Recovery(flow: flow, interruptedStep: nil, state: nil, problem: error.description)
        }
        guard let journal = try await store.history(of: flow.id)?.journal else { return nil }
        if let damaged = journal.unreadable.first {
            return Recovery(flow: flow, interruptedStep: nil, state: nil, problem: damaged.description)
        }
        let last = journal.last { $0.state == .running || $0.state == .reverting }
        do {
            // Another process may have finished it since it was listed.
            let found = try await store.progress(of: flow.id, serving: registry.places)
            guard let found, found.isLeftAlone || isQueued && found.detail.place == flow.place else { return nil }
            let engine = try await self.engine(resuming: flow.id, operation)
            guard !engine.state.isFinished else { return nil }
            announce(flow, last?.atom)
            let ended = try await carryOn(engine, operation, until: stop)
            let problem = ended.failures.map(\.description).joined(separator: "; ")
            return Recovery(
                flow: flow,
                interruptedStep: last?.atom,
                state: ended.state,
                problem: problem.isEmpty ? nil : problem
            )
        } catch is ClaimRefused {
            return nil
        } catch let error as RecipeMismatch {
            return Recovery(flow: flow, interruptedStep: last?.atom, state: nil, problem: "\(error)")
        } catch let error as UnreadableRow {
            return Recovery(flow: flow, interruptedStep: last?.atom, state: nil, problem: "\(error)")
        }
    }
}
